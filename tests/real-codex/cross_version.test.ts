import { expect, test } from 'vitest';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn } from './lab/sessions.ts';
import { packAll, sessionIn } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const prompts = ['first question', 'RUN echo two', 'third'];

test.each([
  ['0.117.0', newest],
  ['0.145.0', '0.169.0'],
  ['0.169.0', newest],
  [newest, '0.153.4'],
] as const)('a session of Codex %s arrives and goes on in Codex %s, name included', (from, to) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, from, to);
    const threadId = await converse(machines.a, machines.folderA, prompts, 'Caché: the plan');
    const first = await machines.syncOk(await packAll(machines.a, 'first'));
    expect(sessionIn(first, threadId).classification).toBe('new_lineage');
    await machines.expectWholeOnB({ threadId, prompts, name: 'Caché: the plan' });

    await goOn(machines.a, threadId, ['fourth']);
    const second = await machines.syncOk(await packAll(machines.a, 'second'));
    expect(sessionIn(second, threadId).classification).toBe('fast_forward_import');
    await machines.expectWholeOnB({ threadId, prompts: [...prompts, 'fourth'], name: 'Caché: the plan' });

    await goOn(machines.b, threadId, ['fifth, by the other version']);
    const again = await machines.syncOk(await packAll(machines.a, 'third'));
    expect(sessionIn(again, threadId).classification).toBe('unchanged');
    await machines.expectWholeOnB({ threadId, prompts: [...prompts, 'fourth', 'fifth, by the other version'] });
  }),
);
