import { expect, test } from 'vitest';
import { newest } from './lab/codex_versions.ts';
import { doctorComplaints } from './lab/doctor.ts';
import { expectWhole, type Whole } from './lab/expectations.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn } from './lab/sessions.ts';
import { fork, revert } from './lab/shapes.ts';
import { packAll, sessionIn, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const begun = ['first question', 'RUN echo two', 'third'];
const versions = ['0.153.4', newest] as const;

test.each(versions)(
  'a fork and a reverted session come home from B, where each is one file, as what was added there, with Codex %s',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const { a, b, folderA, folderB } = machines;
      const parent = await converse(a, folderA, begun);
      const grandchild = await fork(a, await fork(a, parent, { prompts: ['in the fork'] }), { prompts: ['RUN echo deeper'] });
      const reverted = await converse(a, folderA, begun);
      await revert(a, reverted, 2, ['other third']);
      await machines.syncOk(await packAll(a, 'out'));
      const complaints = await doctorComplaints(a);
      const home = ['--execute', '--map-path', `${folderB}=${folderA}`];
      const back = await syncCliOk(a, ['sync', await packAll(b, 'back'), ...home]);
      expect(back.summary).toMatchObject({ unchanged: 4 });

      for (const threadId of [grandchild, reverted]) await goOn(b, threadId, ['RUN echo on-B']);
      const longer = await syncCliOk(a, ['sync', await packAll(b, 'longer'), ...home]);
      expect(longer.summary).toMatchObject({ fast_forward_import: 2, unchanged: 2 });
      const whole: Whole[] = [
        { threadId: grandchild, prompts: [...begun, 'in the fork', 'RUN echo deeper', 'RUN echo on-B'] },
        { threadId: reverted, prompts: ['first question', 'RUN echo two', 'other third', 'RUN echo on-B'], revertedHere: true },
      ];
      await expectWhole(lab, a, folderA, whole, complaints);

      for (const threadId of [grandchild, reverted]) await goOn(a, threadId, ['and on A']);
      const again = await machines.syncOk(await packAll(a, 'again'));
      expect(again.summary).toMatchObject({ fast_forward_import: 2, unchanged: 2 });
      await machines.expectWholeOnB(...whole.map(({ threadId, prompts }) => ({ threadId, prompts: [...prompts, 'and on A'] })), {
        threadId: parent,
        prompts: begun,
      });
    }),
);

test.each(versions)('a fork that B makes of a synced session stays whole while that one grows, with Codex %s', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const threadId = await converse(machines.a, machines.folderA, begun);
    await machines.syncOk(await packAll(machines.a, 'first'));
    const child = { threadId: await fork(machines.b, threadId, { prompts: ['B alone'] }), prompts: [...begun, 'B alone'] };
    await goOn(machines.a, threadId, ['fourth']);
    const second = await machines.syncOk(await packAll(machines.a, 'second'));
    expect(sessionIn(second, threadId)).toMatchObject({ classification: 'fast_forward_import', local_thread_id: threadId });
    await machines.expectWholeOnB({ threadId, prompts: [...begun, 'fourth'] }, child);
    await machines.rollBackLatest();
    await machines.expectWholeOnB({ threadId, prompts: begun }, child);
  }),
);
