// A machine is saved, loses and damages sessions, and gets them back: Codex lists, reads and goes on with each.

import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import { type Machine, makeProject } from './lab/codex_home.ts';
import { newest } from './lab/codex_versions.ts';
import { doctorComplaints } from './lab/doctor.ts';
import { expectWhole } from './lab/expectations.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';
import { archive as archiveInCodex } from './lab/shapes.ts';
import { sessionIn, syncCliOk } from './lab/sync_cli.ts';

const folderOf = ({ root }: Machine): string => path.join(root, 'backups');
const backup = (machine: Machine, command: string, ...words: string[]) =>
  syncCliOk(machine, ['backup', command, '--backup-dir', folderOf(machine), ...words]);

const replaceIn = async (file: string, from: RegExp, to: string): Promise<void> =>
  writeFile(file, (await readFile(file, 'utf8')).replace(from, to));

const opens = (machine: Machine, threadId: string): Promise<boolean> =>
  withCodex(machine, (codex) =>
    codex.request('thread/resume', { threadId }).then(
      () => true,
      () => false,
    ),
  );

const prompts = ['first question', 'RUN echo two'];

describe.each(['0.145.0', newest] as const)('with Codex %s', (version) => {
  test('what is deleted, cut or damaged comes back whole; what went on stays; a rollback takes the restore back', () =>
    inLab(async (lab) => {
      const machine = await lab.machine('a', version);
      const folder = await makeProject(machine, 'alpha');
      const [gone, shelved, cut, damaged, grown] = [
        await converse(machine, folder, prompts, 'My name'),
        await converse(machine, folder, prompts),
        await converse(machine, folder, prompts),
        await converse(machine, folder, prompts),
        await converse(machine, folder, prompts),
      ] as const;
      await archiveInCodex(machine, shelved);
      const complaints = await doctorComplaints(machine);
      await backup(machine, 'create');

      for (const threadId of [gone, shelved]) await withCodex(machine, (codex) => codex.request('thread/delete', { threadId }));
      await replaceIn(await rolloutOf(machine, cut), /\n[^\n]*"task_started"(?![\s\S]*"task_started")[\s\S]*$/, '\n');
      await replaceIn(await rolloutOf(machine, damaged), /^.*/, 'garbage');
      await goOn(machine, grown, ['third']);
      expect([await opens(machine, gone), await opens(machine, damaged)]).toEqual([false, false]);

      const restored = await backup(machine, 'restore', '--execute');
      expect([gone, shelved, cut, damaged, grown].map((id) => sessionIn(restored, id).action)).toEqual([
        'create',
        'create',
        'append',
        'create',
        'none',
      ]);
      const whole = [
        { threadId: gone, prompts, name: 'My name' },
        { threadId: cut, prompts },
        { threadId: damaged, prompts },
        { threadId: grown, prompts: [...prompts, 'third'] },
      ];
      await expectWhole(lab, machine, folder, whole, complaints);

      await syncCliOk(machine, ['rollback', '--latest', '--execute']);
      expect([await opens(machine, gone), await opens(machine, damaged)]).toEqual([false, false]);
      await expectWhole(lab, machine, folder, [{ threadId: grown, prompts: [...prompts, 'third'] }], complaints);
    }));

  test('a home that is gone altogether comes back into a new one', () =>
    inLab(async (lab) => {
      const machine = await lab.machine('a', version);
      const folder = await makeProject(machine, 'alpha');
      const threadId = await converse(machine, folder, prompts, 'My name');
      await backup(machine, 'create', '--compression', 'none');
      for (const name of ['sessions', 'session_index.jsonl'])
        await rm(path.join(machine.codexHome, name), { recursive: true, force: true });
      for (const name of ['state_5', 'thread_history_1', 'goals_1', 'logs_2', 'memories_1'])
        for (const end of ['', '-wal', '-shm']) await rm(path.join(machine.codexHome, `${name}.sqlite${end}`), { force: true });
      await withCodex(machine, (codex) => codex.request('thread/list', { limit: 1 }));
      const complaints = await doctorComplaints(machine);
      expect(sessionIn(await backup(machine, 'restore', '--execute'), threadId).action).toBe('create');
      await expectWhole(lab, machine, folder, [{ threadId, prompts, name: 'My name' }], complaints);
    }));
});
