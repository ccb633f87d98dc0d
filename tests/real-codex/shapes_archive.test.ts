import { test } from 'vitest';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn } from './lab/sessions.ts';
import { archive, unarchive } from './lab/shapes.ts';
import { packAll } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const begun = ['first question', 'RUN echo two'];
const longer = [...begun, 'third'];

test.each(['0.145.0', newest] as const)('what A archives and takes out is so on B, and goes back, with Codex %s', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const threadId = await converse(machines.a, machines.folderA, begun);
    await machines.syncOk(await packAll(machines.a, 'begun'));
    await archive(machines.a, threadId);
    await machines.syncOk(await packAll(machines.a, 'archived'));
    await machines.expectArchivedOnB({ threadId, prompts: begun });

    await unarchive(machines.a, threadId);
    await goOn(machines.a, threadId, ['third']);
    await machines.syncOk(await packAll(machines.a, 'taken out'));
    await machines.expectWholeOnB({ threadId, prompts: longer });
    await machines.rollBackLatest();
    await machines.expectArchivedOnB({ threadId, prompts: begun });
    await machines.rollBackLatest();
    await machines.expectWholeOnB({ threadId, prompts: begun });
  }),
);

test('what B archives stays archived while A goes on', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const threadId = await converse(machines.a, machines.folderA, begun);
    await machines.syncOk(await packAll(machines.a, 'begun'));
    await archive(machines.b, threadId);
    await goOn(machines.a, threadId, ['third']);
    await machines.syncOk(await packAll(machines.a, 'longer'));
    await machines.expectArchivedOnB({ threadId, prompts: longer });
    await machines.rollBackLatest();
    await machines.expectArchivedOnB({ threadId, prompts: begun });
  }));
