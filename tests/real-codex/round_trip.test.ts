import { rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { storyVersions } from './lab/codex_versions.ts';
import { expectWhole } from './lab/expectations.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn } from './lab/sessions.ts';
import { archive, packAll, sessionIn, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const shared = ['first question', 'RUN echo two'];
const onA = [...shared, 'third, on A'];
const onB = [...shared, 'third, on B'];

/** Both machines have gone on; B keeps A's side as a branch. */
async function diverged(machines: TwoMachines): Promise<{ threadId: string; branchId: string; packed: string }> {
  const threadId = await converse(machines.a, machines.folderA, shared);
  await machines.syncOk(await packAll(machines.a, 'shared'));
  await goOn(machines.a, threadId, onA.slice(-1));
  await goOn(machines.b, threadId, onB.slice(-1));
  const packed = await packAll(machines.a, 'diverged');
  const branchId = sessionIn(await machines.syncOk(packed), threadId).local_thread_id!;
  return { threadId, branchId, packed };
}

test.each(storyVersions)(
  "a package back to A, as a .tar.gz, brings what B wrote and knows A's own side again under its other id, with Codex %s",
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const { threadId, branchId } = await diverged(machines);
      const back = await archive(await packAll(machines.b, 'back'));
      const home = ['--map-path', `${machines.folderB}=${machines.folderA}`];
      const report = await syncCliOk(machines.a, ['sync', back, '--execute', ...home]);
      expect(sessionIn(report, branchId)).toMatchObject({ classification: 'unchanged', local_thread_id: threadId });
      const incoming = sessionIn(report, threadId);
      expect(incoming.classification).toBe('diverged_lineage');
      const sessions = [
        { threadId, prompts: onA },
        { threadId: incoming.local_thread_id!, prompts: onB },
      ];
      await expectWhole(lab, machines.a, machines.folderA, sessions, machines.complaints);
    }),
);

test.each(storyVersions)('a lost sidecar makes no second branch, with Codex %s', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const { threadId, branchId, packed } = await diverged(machines);
    await rm(path.join(machines.b.codexHome, 'sync-sidecar'), { recursive: true });
    expect(sessionIn(await machines.syncOk(packed), threadId)).toMatchObject({
      classification: 'unchanged',
      local_thread_id: branchId,
    });
    await goOn(machines.a, threadId, ['fourth, on A']);
    const report = sessionIn(await machines.syncOk(await packAll(machines.a, 'longer')), threadId);
    expect(report).toMatchObject({ classification: 'fast_forward_import', local_thread_id: branchId });
    await machines.expectWholeOnB({ threadId, prompts: onB }, { threadId: branchId, prompts: [...onA, 'fourth, on A'] });
  }),
);
