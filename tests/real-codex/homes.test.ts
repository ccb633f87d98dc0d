import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DatabaseChoice } from './lab/codex_home.ts';
import { storyVersions } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn, startOnce } from './lab/sessions.ts';
import { packAll, sessionIn } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const prompts = ['first question', 'RUN echo two'];

describe.each(storyVersions)('with Codex %s', (version) => {
  test('a home that has never been started gets rollouts and no database; Codex indexes them and a second sync names them', () =>
    inLab(async (lab) => {
      const machines = await TwoMachines.of(lab, await lab.machine('a', version), await lab.machine('b', version));
      const threadId = await converse(machines.a, machines.folderA, prompts, 'My name');
      const sessions = await packAll(machines.a, 'first');
      await machines.syncOk(sessions);
      expect((await readdir(machines.b.codexHome)).filter((name) => name.includes('.sqlite'))).toEqual([]);

      await startOnce(machines.b);
      const report = await machines.syncOk(sessions);
      expect(sessionIn(report, threadId).classification).toBe('unchanged');
      await machines.expectWholeOnB({ threadId, prompts, name: 'My name' });
      await machines.expectNothingWritten(() => machines.syncOk(sessions));
    }));

  test('a home that gets a longer package before its first start is whole', () =>
    inLab(async (lab) => {
      const machines = await TwoMachines.of(lab, await lab.machine('a', version), await lab.machine('b', version));
      const threadId = await converse(machines.a, machines.folderA, prompts);
      await machines.syncOk(await packAll(machines.a, 'first'));
      await goOn(machines.a, threadId, ['third']);
      const report = await machines.syncOk(await packAll(machines.a, 'second'));
      expect(sessionIn(report, threadId).classification).toBe('fast_forward_import');
      await startOnce(machines.b);
      await machines.expectWholeOnB({ threadId, prompts: [...prompts, 'third'] });
    }));

  test.each(['config', 'environment'] satisfies DatabaseChoice[])(
    'databases that the %s puts elsewhere are the ones that get the row',
    (choice) =>
      inLab(async (lab) => {
        const b = await lab.machine('b', version, choice);
        await startOnce(b);
        const machines = await TwoMachines.of(lab, await lab.machine('a', version), b);
        const threadId = await converse(machines.a, machines.folderA, prompts, 'My name');
        await machines.syncOk(await packAll(machines.a, 'first'));
        await machines.expectWholeOnB({ threadId, prompts, name: 'My name' });
        expect(existsSync(path.join(b.codexHome, 'state_5.sqlite'))).toBe(false);

        await goOn(machines.a, threadId, ['third']);
        await machines.syncOk(await packAll(machines.a, 'second'));
        await machines.expectWholeOnB({ threadId, prompts: [...prompts, 'third'], name: 'My name' });
      }),
  );
});
