import { expect, test } from 'vitest';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { codexKnows } from './lab/oracle.ts';
import { converse, converseLegacy, goOn } from './lab/sessions.ts';
import { fork } from './lab/shapes.ts';
import { pack, packAll, sessionIn, syncCli, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const begun = ['first question', 'RUN echo two', 'third'];

test.each([
  ['0.145.0', 'legacy'],
  ['0.153.4', 'paginated'],
  ['0.160.1', 'paginated'],
  [newest, 'paginated'],
  [newest, 'legacy'],
] as const)('forks and their parent arrive, grow and go back as conversations of their own, with Codex %s, %s', (version, mode) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const begin = mode === 'legacy' ? converseLegacy : converse;
    const parent = { threadId: await begin(machines.a, machines.folderA, begun), prompts: begun };
    const forked = async (from: typeof parent, turns: number, prompt: string): Promise<typeof parent> => ({
      threadId: await fork(machines.a, from.threadId, { afterTurns: turns, prompts: [prompt] }),
      prompts: [...from.prompts.slice(0, turns), prompt],
    });
    const child = await forked(parent, 3, 'RUN echo in-the-fork');
    const early = await forked(parent, 1, 'early');
    const grandchild = await forked(child, 4, 'in the fork of the fork');

    const first = await packAll(machines.a, 'first');
    expect((await machines.syncOk(first)).summary).toMatchObject({ new_lineage: 4 });
    await machines.expectWholeOnB(parent, child, early, grandchild);

    for (const { threadId } of [parent, grandchild]) await goOn(machines.a, threadId, ['onward']);
    const onward = ({ threadId, prompts }: typeof parent): typeof parent => ({ threadId, prompts: [...prompts, 'onward'] });
    const second = await machines.syncOk(await packAll(machines.a, 'second'));
    expect(second.summary).toMatchObject({ fast_forward_import: 2, unchanged: 2 });
    await machines.expectWholeOnB(onward(parent), child, onward(grandchild));
    const older = await machines.expectNothingWritten(() => machines.syncOk(first));
    expect(older.summary).toMatchObject({ unchanged: 4 });

    await machines.rollBackLatest();
    await machines.expectWholeOnB(parent, grandchild);
  }),
);

test.each([
  ['0.145.0', 'legacy'],
  ['0.153.4', 'paginated'],
  [newest, 'paginated'],
] as const)(
  'a fork packed alone takes along what it continues, branches when both sides went on, and meets its parent later, with Codex %s, %s',
  (version, mode) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const begin = mode === 'legacy' ? converseLegacy : converse;
      const parent = { threadId: await begin(machines.a, machines.folderA, begun), prompts: begun };
      const threadId = await fork(machines.a, parent.threadId);
      const alone = await pack(machines.a, 'alone', '--thread-id', threadId);
      // A legacy fork is a copy.
      if (mode === 'paginated') expect(JSON.stringify(alone.report.warnings)).toContain(parent.threadId);
      expect((await machines.syncOk(alone.folder)).summary).toMatchObject({ new_lineage: 1 });
      await machines.expectWholeOnB({ threadId, prompts: begun });
      expect(await codexKnows(machines.b, parent.threadId)).toBe(false);

      await goOn(machines.a, threadId, ['RUN echo on-A']);
      await goOn(machines.b, threadId, ['on B']);
      const both = await machines.syncOk((await pack(machines.a, 'both', '--thread-id', threadId)).folder);
      expect(sessionIn(both, threadId)).toMatchObject({ classification: 'diverged_lineage', action: 'branch' });
      const local = { threadId, prompts: [...begun, 'on B'] };
      const branch = { threadId: sessionIn(both, threadId).local_thread_id!, prompts: [...begun, 'RUN echo on-A'] };
      await machines.expectWholeOnB(local, branch);

      await goOn(machines.a, parent.threadId, ['fourth']);
      const later = await machines.syncOk(await packAll(machines.a, 'all'));
      expect(sessionIn(later, parent.threadId)).toMatchObject({ classification: 'new_lineage' });
      expect(sessionIn(later, threadId)).toMatchObject({ classification: 'unchanged' });
      await machines.expectWholeOnB({ ...parent, prompts: [...begun, 'fourth'] }, local, branch);
    }),
);

test.each([
  ['0.145.0', 'legacy'],
  ['0.153.4', 'paginated'],
  [newest, 'paginated'],
  [newest, 'legacy'],
] as const)(
  'a fork made here of what a sync brought stays whole: the rollback is refused where the fork needs its parent, with Codex %s, %s',
  (version, mode) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const begin = mode === 'legacy' ? converseLegacy : converse;
      const parent = { threadId: await begin(machines.a, machines.folderA, begun), prompts: begun };
      await machines.syncOk(await packAll(machines.a, 'first'));
      const threadId = await fork(machines.b, parent.threadId, { afterTurns: 2, prompts: ['mine'], cwd: machines.folderB });
      const mine = { threadId, prompts: [...begun.slice(0, 2), 'mine'] };
      const answer = await syncCli(machines.b, ['rollback', '--latest', '--execute']);
      if (mode === 'paginated') {
        expect(answer.exitCode).not.toBe(0);
        expect(answer.stdout).toContain(`session ${threadId} was forked from it later`);
        await machines.expectWholeOnB(parent, mine);
      } else {
        expect(answer.exitCode).toBe(0);
        expect(await codexKnows(machines.b, parent.threadId)).toBe(false);
        await machines.expectWholeOnB(mine);
      }
    }),
);

test.each(['0.153.4', newest] as const)(
  'a fork made here of turns that stay is whole once its parent was opened after the later ones went back, with Codex %s',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const parent = { threadId: await converse(machines.a, machines.folderA, begun), prompts: begun };
      await machines.syncOk(await packAll(machines.a, 'first'));
      await goOn(machines.a, parent.threadId, ['onward']);
      await machines.syncOk(await packAll(machines.a, 'second'));
      const threadId = await fork(machines.b, parent.threadId, { afterTurns: 2, prompts: ['mine'], cwd: machines.folderB });
      const { warnings } = await machines.rollBackLatest();
      expect(warnings).toEqual([expect.stringContaining(`session ${threadId} is a fork of ${parent.threadId}`)]);
      await syncCliOk(machines.b, ['verify', '--with-codex', machines.b.codexBin]);
      await machines.expectWholeOnB({ threadId, prompts: [...begun.slice(0, 2), 'mine'] }, parent);
    }),
);
