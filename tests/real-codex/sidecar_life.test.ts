// What the memory of syncs is for: deleted sessions stay deleted, and a home that lost something is mended by the commands that are named.

import { cp, readFile, rename, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import type { Machine } from './lab/codex_home.ts';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { codexKnows, codexLists } from './lab/oracle.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';
import { packAll, sessionIn, syncCli, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

test.each(['0.145.0', newest] as const)('a session that was deleted in Codex %s stays away until it is asked for', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const threadId = await converse(machines.a, machines.folderA, ['first question']);
    await machines.syncOk(await packAll(machines.a, 'first'));
    await machines.expectWholeOnB({ threadId, prompts: ['first question'] });
    await withCodex(machines.b, (codex) => codex.request('thread/delete', { threadId }));
    await goOn(machines.a, threadId, ['second']);
    const newer = await packAll(machines.a, 'second');
    expect(sessionIn(await machines.syncOk(newer), threadId)).toMatchObject({
      classification: 'unchanged',
      action: 'none',
      reason: expect.stringMatching(/^deleted locally/),
    });
    expect([await codexKnows(machines.b, threadId), await codexLists(machines.b, threadId)]).toEqual([
      false,
      { active: 0, archived: 0 },
    ]);
    await machines.syncOk(newer, '--resurrect');
    await machines.expectWholeOnB({ threadId, prompts: ['first question', 'second'] });
  }),
);

function inThreads({ codexHome }: Machine, statement: string, threadId: string): void {
  const database = new Database(path.join(codexHome, 'state_5.sqlite'));
  database.prepare(statement).run(threadId);
  database.close();
}

/** Cuts the last turn off, as in an older backup. */
async function cutLastTurn(machine: Machine, threadId: string): Promise<void> {
  const file = await rolloutOf(machine, threadId);
  const text = await readFile(file);
  await truncate(file, text.lastIndexOf('\n', text.lastIndexOf('"task_started"')) + 1);
}

const DAMAGES: [code: string, damage: (machine: Machine, threadId: string) => void | Promise<void>][] = [
  ['sidecar_missing', ({ codexHome }) => rm(path.join(codexHome, 'sync-sidecar'), { recursive: true })],
  ['row_missing', (machine, id) => inThreads(machine, 'DELETE FROM threads WHERE id = ?', id)],
  ['row_history_mode', (machine, id) => inThreads(machine, "UPDATE threads SET history_mode = 'legacy' WHERE id = ?", id)],
  ['row_path', (machine, id) => inThreads(machine, "UPDATE threads SET rollout_path = '/gone/x.jsonl' WHERE id = ?", id)],
  ['row_preview', (machine, id) => inThreads(machine, "UPDATE threads SET preview = '' WHERE id = ?", id)],
  ['rollout_shrank', cutLastTurn],
];

test(`each damage is named by sidecar-health and mended by the command that it names, and Codex ${newest} goes on`, () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const threadId = await converse(machines.a, machines.folderA, ['first question']);
    await machines.syncOk(await packAll(machines.a, 'first'));
    await goOn(machines.a, threadId, ['second']);
    const packed = await packAll(machines.a, 'second');
    await machines.syncOk(packed);
    for (const [code, damage] of DAMAGES) {
      await damage(machines.b, threadId);
      const answer = await syncCli(machines.b, ['sidecar-health']);
      const [finding] = (answer.report as unknown as { findings: { code: string; mend: string }[] }).findings;
      expect([answer.exitCode, finding?.code]).toEqual([6, code]);
      await syncCliOk(machines.b, String(finding?.mend).split(' '));
      await syncCliOk(machines.b, ['sidecar-health']);
    }
    await machines.syncOk(packed);
    await syncCliOk(machines.b, ['sidecar-health']);
    await machines.expectWholeOnB({ threadId, prompts: ['first question', 'second'] });
  }));

const findingsOn = async (machine: Machine): Promise<{ code: string; mend: string }[]> =>
  ((await syncCli(machine, ['sidecar-health'])).report as unknown as { findings: { code: string; mend: string }[] }).findings;

test(`a home that was moved is mended by the one command that sidecar-health names, and Codex ${newest} goes on`, () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const threadId = await converse(machines.a, machines.folderA, ['first question']);
    await machines.syncOk(await packAll(machines.a, 'first'));
    const codexHome = `${machines.b.codexHome}-moved`;
    await rename(machines.b.codexHome, codexHome);
    const environment = { ...machines.b.environment, CODEX_HOME: codexHome };
    const b = { ...machines.b, codexHome, databases: codexHome, environment };
    const named = (await findingsOn(b)).find(({ code }) => code === 'home_moved');
    await syncCliOk(b, String(named?.mend).split(' '));
    expect(await findingsOn(b)).toEqual([]);
    const moved = await TwoMachines.of(lab, machines.a, b);
    await moved.expectWholeOnB({ threadId, prompts: ['first question'] });
  }));

test(`a home out of an older backup beside newer journals is told, and the newest package brings all back, with Codex ${newest}`, () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const grown = await converse(machines.a, machines.folderA, ['first question']);
    await machines.syncOk(await packAll(machines.a, 'first'));
    const backup = `${machines.b.codexHome}-backup`;
    await cp(machines.b.codexHome, backup, { recursive: true, preserveTimestamps: true });
    await goOn(machines.a, grown, ['second']);
    const late = await converse(machines.a, machines.folderA, ['of the other']);
    const packed = await packAll(machines.a, 'second');
    await machines.syncOk(packed);
    const journals = path.join(machines.b.codexHome, 'sync-journal');
    await cp(journals, path.join(backup, 'sync-journal'), { recursive: true });
    await rm(machines.b.codexHome, { recursive: true });
    await rename(backup, machines.b.codexHome);
    expect((await findingsOn(machines.b)).map(({ code }) => code)).toEqual(['effects_gone', 'effects_gone']);
    await syncCliOk(machines.b, ['replay-transactions-sidecar', '--execute']);
    await machines.syncOk(packed);
    expect(await findingsOn(machines.b)).toEqual([]);
    await machines.expectWholeOnB(
      { threadId: grown, prompts: ['first question', 'second'] },
      { threadId: late, prompts: ['of the other'] },
    );
  }));
