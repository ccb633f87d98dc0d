import { stat } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import type { Machine } from './lab/codex_home.ts';
import { storyVersions } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';
import { packAll, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const prompts = ['first question'];

test.each(storyVersions)('a name given on A shows on B, and a name given on B stays, with Codex %s', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const threadId = await converse(machines.a, machines.folderA, prompts, 'Named on A — ☕');
    await machines.syncOk(await packAll(machines.a, 'first'));
    await machines.expectWholeOnB({ threadId, prompts, name: 'Named on A — ☕' });

    await withCodex(machines.b, (codex) => codex.request('thread/name/set', { threadId, name: 'Renamed on B' }));
    await goOn(machines.a, threadId, ['second']);
    await machines.syncOk(await packAll(machines.a, 'second'));
    await machines.expectWholeOnB({ threadId, prompts: [...prompts, 'second'], name: 'Renamed on B' });
  }),
);

test('a branch shows under a name of its own, and after two rounds both ends of the session still show none, with Codex 0.169.0', () =>
  inLab(async (lab) => {
    const { a, b, folderA } = await TwoMachines.meet(lab, '0.169.0');
    const threadId = await converse(a, folderA, prompts);
    const exchange = async (from: Machine, to: Machine, round: number) =>
      syncCliOk(to, ['sync', await packAll(from, `${round}`), '--execute']);
    await exchange(a, b, 0);
    for (const round of [1, 2]) {
      for (const one of [a, b]) await goOn(one, threadId, [`round ${round}`]);
      await exchange(a, b, round);
      await exchange(b, a, round);
    }
    for (const one of [a, b])
      expect(await namesOn(one)).toEqual([null, expect.stringMatching(/^first question \(incoming branch, [\d: -]+ UTC\)$/)]);
  }));

/** As its Codex lists them, those without a name first. */
async function namesOn(machine: Machine): Promise<(string | null)[]> {
  type Threads = { data: { name?: string | null }[] };
  const { data } = await withCodex(machine, (codex) => codex.request<Threads>('thread/list', { limit: 10, modelProviders: [] }));
  return data.map(({ name }) => name ?? null).sort((one, other) => Number(one !== null) - Number(other !== null));
}

test.each(storyVersions)('a session arrives with the time it was last used, not the time it arrived, with Codex %s', (version) =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, version);
    const threadId = await converse(machines.a, machines.folderA, prompts);
    const lastUsed = (await stat(await rolloutOf(machines.a, threadId))).mtimeMs;
    const packed = await packAll(machines.a, 'first');
    // Seconds are what Codex shows, so some must go by before the difference can be seen.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    await machines.syncOk(packed);
    // Codex shows the one or the other, depending on the version and the kind of list. It may note its settings in the file when it opens it.
    const fileTime = (await stat(await rolloutOf(machines.b, threadId))).mtimeMs;
    const [proof] = await machines.expectWholeOnB({ threadId, prompts });
    expect(Math.abs(fileTime - lastUsed)).toBeLessThan(2000);
    expect(Math.abs(proof!.updatedAt! * 1000 - lastUsed)).toBeLessThan(2000);
  }),
);
