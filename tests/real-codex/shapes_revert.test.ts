import { expect, test } from 'vitest';
import { newest } from './lab/codex_versions.ts';
import { digestOf } from './lab/home_snapshot.ts';
import { inLab } from './lab/lab.ts';
import { conversationFrom } from './lab/model_request.ts';
import { askCodex, codexKnows } from './lab/oracle.ts';
import { converse, goOn, rolloutOf, rolloutsOf } from './lab/sessions.ts';
import { fork, revert, takeBackTurns } from './lab/shapes.ts';
import { packAll, sessionIn } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const begun = ['first question', 'RUN echo two', 'third'];

test.each([
  ['0.153.4', '0.153.4'],
  ['0.160.1', '0.160.1'],
  [newest, newest],
  [newest, '0.153.4'],
] as const)(
  'what was reverted twice, and forks of it, arrive without the turns that were taken back, grow and go back, from Codex %s to %s',
  (from, to) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, from, to);
      const { a, folderA } = machines;
      const twice = {
        threadId: await converse(a, folderA, begun),
        prompts: ['first question', 'RUN echo two', 'other third', 'last'],
      };
      await revert(a, twice.threadId, 2, ['other third', 'fourth']);
      await revert(a, twice.threadId, 3, ['last']);
      const child = { threadId: await fork(a, twice.threadId), prompts: twice.prompts };
      const short = {
        threadId: await fork(a, twice.threadId, { prompts: ['soon gone'] }),
        prompts: ['first question', 'instead'],
      };
      await revert(a, short.threadId, 1, ['instead']);
      const anew = { threadId: await converse(a, folderA, begun), prompts: ['RUN echo all-anew'] };
      await revert(a, anew.threadId, 0, anew.prompts);

      expect((await machines.syncOk(await packAll(a, 'first'))).summary).toMatchObject({ new_lineage: 4 });
      await machines.expectWholeOnB(twice, child, short, anew);
      expect(await rolloutsOf(machines.b, twice.threadId)).toHaveLength(1);

      for (const { threadId } of [twice, short]) await goOn(a, threadId, ['onward']);
      const onward = ({ threadId, prompts }: typeof child): typeof child => ({ threadId, prompts: [...prompts, 'onward'] });
      const second = await machines.syncOk(await packAll(a, 'second'));
      expect(second.summary).toMatchObject({ fast_forward_import: 2, unchanged: 2 });
      await machines.expectWholeOnB(onward(twice), child, onward(short));

      await machines.rollBackLatest();
      await machines.expectWholeOnB(twice, short);
    }),
);

test.each(['0.153.4', newest] as const)(
  'a revert on A takes nothing from B: it is unchanged, and once A goes on a branch that grows, with Codex %s',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const threadId = await converse(machines.a, machines.folderA, begun);
      const first = await packAll(machines.a, 'first');
      await machines.syncOk(first);
      await revert(machines.a, threadId, 2);
      const silent = await machines.syncOk(await packAll(machines.a, 'silent'));
      expect(sessionIn(silent, threadId)).toMatchObject({ classification: 'unchanged' });

      // Codex may note its settings in the file when it opens it for the first time.
      const local = { threadId, prompts: begun };
      await machines.expectWholeOnB(local);
      const before = await digestOf(await rolloutOf(machines.b, threadId));
      await goOn(machines.a, threadId, ['other third']);
      const second = await packAll(machines.a, 'second');
      const diverged = sessionIn(await machines.syncOk(second), threadId);
      expect(diverged).toMatchObject({ classification: 'diverged_lineage', action: 'branch' });
      const branch = { threadId: diverged.local_thread_id!, prompts: ['first question', 'RUN echo two', 'other third'] };
      await machines.expectWholeOnB(local, branch);
      for (const older of [first, second]) {
        const again = await machines.expectNothingWritten(() => machines.syncOk(older));
        expect(again.summary).toMatchObject({ unchanged: 1 });
      }

      await goOn(machines.a, threadId, ['RUN echo fourth']);
      const third = sessionIn(await machines.syncOk(await packAll(machines.a, 'third')), threadId);
      expect(third).toMatchObject({ classification: 'fast_forward_import', local_thread_id: branch.threadId });
      await machines.expectWholeOnB(local, { ...branch, prompts: [...branch.prompts, 'RUN echo fourth'] });

      await machines.rollBackLatest();
      await machines.rollBackLatest();
      expect(await codexKnows(machines.b, branch.threadId)).toBe(false);
      expect(await digestOf(await rolloutOf(machines.b, threadId))).toBe(before);
      await machines.expectWholeOnB(local);
    }),
);

test.each(['0.153.4', newest] as const)(
  'turns that B took back stay away: an older package changes nothing, a longer one becomes a branch, with Codex %s',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const threadId = await converse(machines.a, machines.folderA, begun);
      const first = await packAll(machines.a, 'first');
      await machines.syncOk(first);
      await revert(machines.b, threadId, 1);
      await machines.acceptComplaints();
      const local = (...prompts: string[]) => ({ threadId, prompts: ['first question', ...prompts], revertedHere: true });
      for (const onB of [[], ['on B instead']]) {
        if (onB.length > 0) await goOn(machines.b, threadId, onB);
        const older = await machines.expectNothingWritten(() => machines.syncOk(first));
        expect(older.summary).toMatchObject({ unchanged: 1 });
        await machines.expectWholeOnB(local(...onB));
      }

      await goOn(machines.a, threadId, ['fourth']);
      const diverged = sessionIn(await machines.syncOk(await packAll(machines.a, 'second')), threadId);
      expect(diverged).toMatchObject({ classification: 'diverged_lineage', action: 'branch' });
      const branch = { threadId: diverged.local_thread_id!, prompts: [...begun, 'fourth'] };
      await machines.expectWholeOnB(local('on B instead'), branch);
      await machines.rollBackLatest();
      expect(await codexKnows(machines.b, branch.threadId)).toBe(false);
      await machines.expectWholeOnB(local('on B instead'));
    }),
);

test(`a fork and a reverted session of Codex ${newest} resume in 0.145.0 with all that the model must know`, () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest, '0.145.0');
    const reverted = await converse(machines.a, machines.folderA, begun);
    await revert(machines.a, reverted, 2, ['other third']);
    const child = await fork(machines.a, reverted, { prompts: ['RUN echo in-the-fork'] });
    await machines.syncOk(await packAll(machines.a, 'first'));
    const proofs = await askCodex(machines.b, lab.model, machines.folderB, [reverted, child]);
    const kept = ['first question', 'RUN echo two', 'other third'];
    expect(proofs.map(({ listed, nextTurn }) => ({ listed, nextTurn }))).toMatchObject([
      { listed: true, nextTurn: { history: conversationFrom(kept), ranIn: machines.folderB } },
      { listed: true, nextTurn: { history: conversationFrom([...kept, 'RUN echo in-the-fork']), ranIn: machines.folderB } },
    ]);
  }));

test('turns that a legacy session took back are gone on B too, and back after a rollback, with Codex 0.145.0', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, '0.145.0');
    const threadId = await converse(machines.a, machines.folderA, begun);
    await machines.syncOk(await packAll(machines.a, 'first'));
    await takeBackTurns(machines.a, threadId, 1);
    await goOn(machines.a, threadId, ['other third']);
    const second = await machines.syncOk(await packAll(machines.a, 'second'));
    expect(sessionIn(second, threadId)).toMatchObject({ classification: 'fast_forward_import', local_thread_id: threadId });
    await machines.expectWholeOnB({ threadId, prompts: ['first question', 'RUN echo two', 'other third'] });
    await machines.rollBackLatest();
    await machines.expectWholeOnB({ threadId, prompts: begun });
  }));
