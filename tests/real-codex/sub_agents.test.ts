import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { childrenOf, edgesOf, growTree, idsOf, type Tree, teachDelegation, treePrompts, wakeAgent } from './lab/agents.ts';
import { withCodex } from './lab/codex_app_server.ts';
import { onScratchCopy } from './lab/codex_home.ts';
import type { CodexVersion } from './lab/codex_versions.ts';
import { newest } from './lab/codex_versions.ts';
import { doctorComplaints, newComplaints } from './lab/doctor.ts';
import { inLab, type Lab } from './lab/lab.ts';
import { askCodex, codexKnows, type Proof } from './lab/oracle.ts';
import { goOn, rolloutOf } from './lab/sessions.ts';
import { packAll, type Report, sessionIn } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

/** Codex that keeps one file per legacy thread, and the newest one. */
const versions = ['0.145.0', newest] as const satisfies readonly CodexVersion[];
/** Codex between them, where only the shortest story is told. */
const between = ['0.153.4', '0.160.1'] as const satisfies readonly CodexVersion[];

async function treeOnA(lab: Lab, version: CodexVersion): Promise<{ machines: TwoMachines; tree: Tree }> {
  teachDelegation(lab.model);
  const machines = await TwoMachines.meet(lab, version);
  return { machines, tree: await growTree(machines.a, machines.folderA) };
}

/** A proof told in the same words wherever it was made. */
const inWords = ({ updatedAt: _, ...proof }: Proof, folder: string): object =>
  JSON.parse(JSON.stringify(proof).replaceAll(folder, 'the folder')) as object;

test.each([...versions, ...between])(
  'a tree arrives whole with Codex %s: its sub-agents are listed below it, read, resumed and woken as where they came from',
  (version) =>
    inLab(async (lab) => {
      const { machines, tree } = await treeOnA(lab, version);
      await machines.syncOk(await packAll(machines.a, 'tree'));
      expect(await childrenOf(machines.b, tree.root, 'any')).toEqual([tree.plain, tree.forked, tree.deep].sort());
      expect(await childrenOf(machines.b, tree.forked)).toEqual([tree.deep]);
      expect(edgesOf(machines.b)).toEqual(edgesOf(machines.a));
      const [there, here] = [
        await askCodex(machines.a, lab.model, machines.folderA, idsOf(tree)),
        await askCodex(machines.b, lab.model, machines.folderB, idsOf(tree)),
      ];
      expect(here.map((proof) => inWords(proof, machines.folderB))).toEqual(
        there.map((proof) => inWords(proof, machines.folderA)),
      );
      expect(here[0]).toMatchObject({ listed: true, resumed: { turns: treePrompts.root }, nextTurn: { status: 'completed' } });
      expect(here[1]).toMatchObject({ resumed: { turns: treePrompts.plain, cwd: machines.folderB } });
      expect(newComplaints(machines.complaints, await doctorComplaints(machines.b))).toEqual([]);
      await onScratchCopy(machines.b, async () => {
        const [, , answer] = await wakeAgent(machines.b, lab.model, tree.root);
        expect(answer).toContain('are you there?');
      });
    }),
);

const localIds = (report: Report, tree: Tree): Tree => {
  const local = (id: string): string => sessionIn(report, id).local_thread_id!;
  return { root: local(tree.root), plain: local(tree.plain), forked: local(tree.forked), deep: local(tree.deep) };
};

test.each(versions)('a tree that both sides went on with has a branch with sub-agents of its own, with Codex %s', (version) =>
  inLab(async (lab) => {
    const { machines, tree } = await treeOnA(lab, version);
    const { a, b } = machines;
    await machines.syncOk(await packAll(a, 'shared'));
    const edgesBefore = edgesOf(b);
    await goOn(a, tree.root, ['only on A']);
    await goOn(b, tree.root, ['only on B']);
    const filesBefore = await Promise.all(idsOf(tree).map(async (id) => readFile(await rolloutOf(b, id), 'utf8')));

    const packed = await packAll(a, 'diverged');
    const branch = localIds(await machines.syncOk(packed), tree);
    expect(new Set([...idsOf(branch), ...idsOf(tree)]).size).toBe(8);
    for (const id of idsOf(branch)) {
      const text = await readFile(await rolloutOf(b, id), 'utf8');
      for (const old of idsOf(tree)) expect(text.includes(old), `${old} in the file of ${id}`).toBe(false);
    }
    expect(await childrenOf(b, branch.root, 'any')).toEqual([branch.plain, branch.forked, branch.deep].sort());
    expect(await childrenOf(b, tree.root, 'any')).toEqual([tree.plain, tree.forked, tree.deep].sort());
    const [local, arrived] = await askCodex(b, lab.model, machines.folderB, [tree.root, branch.root]);
    expect(local).toMatchObject({ resumed: { turns: [...treePrompts.root, 'only on B'] }, nextTurn: { status: 'completed' } });
    expect(arrived).toMatchObject({
      resumed: { turns: [...treePrompts.root, 'only on A'] },
      nextTurn: { status: 'completed', knownAs: branch.root },
    });
    expect(newComplaints(machines.complaints, await doctorComplaints(b))).toEqual([]);

    await onScratchCopy(b, async () => {
      const [, , answer] = await wakeAgent(b, lab.model, branch.root);
      expect(answer).toContain(branch.plain);
      expect(edgesOf(b)).toEqual(expect.arrayContaining(edgesBefore));
      await withCodex(b, (codex) => codex.request('thread/archive', { threadId: branch.root }));
      expect(await childrenOf(b, branch.root, 'any')).toEqual([]);
      expect(await childrenOf(b, tree.root, 'any')).toHaveLength(3);
    });

    await machines.expectNothingWritten(() => machines.syncOk(packed));
    await machines.rollBackLatest();
    for (const id of idsOf(branch)) expect(await codexKnows(b, id)).toBe(false);
    expect(edgesOf(b)).toEqual(edgesBefore);
    expect(await Promise.all(idsOf(tree).map(async (id) => readFile(await rolloutOf(b, id), 'utf8')))).toEqual(filesBefore);
  }),
);
