import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import { newest, storyVersions } from './lab/codex_versions.ts';
import { digestOf } from './lab/home_snapshot.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';
import { type Answer, packAll, sessionIn, syncCli } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const before = ['first question'];
const after = ['first question', 'second'];

/** Two sessions that B has already, both gone on with on A; gives the package that brings the rest. */
async function twoSessionsToBring(machines: TwoMachines): Promise<{ held: string; free: string; packed: string }> {
  const held = await converse(machines.a, machines.folderA, before);
  const free = await converse(machines.a, machines.folderA, before);
  await machines.syncOk(await packAll(machines.a, 'first'));
  for (const threadId of [held, free]) await goOn(machines.a, threadId, ['second']);
  return { held, free, packed: await packAll(machines.a, 'second') };
}

function expectOnlyFreeSynced({ exitCode, report }: Answer, held: string, free: string): void {
  expect(exitCode).toBe(3);
  expect(sessionIn(report, held)).toMatchObject({ classification: 'busy' });
  expect(sessionIn(report, free)).toMatchObject({ classification: 'fast_forward_import' });
}

test.each(storyVersions)(
  'a session that a live Codex %s holds is busy and untouched, the others sync, and its user goes on undisturbed',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const { held, free, packed } = await twoSessionsToBring(machines);
      await withCodex(machines.b, async (codex) => {
        await codex.request('thread/resume', { threadId: held });
        const digest = await digestOf(await rolloutOf(machines.b, held));
        expectOnlyFreeSynced(await machines.sync(packed), held, free);
        expect(await digestOf(await rolloutOf(machines.b, held))).toBe(digest);
        // Nothing may stand in the way of the user who is at work in it.
        expect(await codex.turn(held, 'still here')).toBe('completed');
      });
      await machines.expectWholeOnB({ threadId: held, prompts: [...before, 'still here'] }, { threadId: free, prompts: after });
    }),
);

test.each(storyVersions)('an idle Codex %s that holds nothing does not stop a sync', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const { held, free, packed } = await twoSessionsToBring(machines);
    await withCodex(machines.b, async (codex) => {
      await codex.request('thread/list', { limit: 1 });
      await machines.syncOk(packed);
    });
    await machines.expectWholeOnB({ threadId: held, prompts: after }, { threadId: free, prompts: after });
  }),
);

test('the thread that a sync is run from is busy, and follows from elsewhere', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const { held, free, packed } = await twoSessionsToBring(machines);
    const command = ['sync', packed, '--execute', ...machines.mapping];
    expectOnlyFreeSynced(await syncCli(machines.b, command, { CODEX_THREAD_ID: held }), held, free);
    await machines.expectWholeOnB({ threadId: held, prompts: before }, { threadId: free, prompts: after });
    await machines.syncOk(packed);
    await machines.expectWholeOnB({ threadId: held, prompts: after }, { threadId: free, prompts: after });
  }));
