import { rm } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { withCodex } from './lab/codex_app_server.ts';
import { newest, storyVersions } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse, goOn, rolloutOf } from './lab/sessions.ts';
import { packAll, syncCli, syncCliOk } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

type Read = { thread: { turns?: unknown[] } };

/** What a reader sees that never opens the thread for writing. */
const turnsSeenByReader = (machines: TwoMachines, threadId: string): Promise<number> =>
  withCodex(machines.b, async (codex) => {
    const { thread } = await codex.request<Read>('thread/read', { threadId, includeTurns: true });
    return thread.turns?.length ?? 0;
  });

test.each(['0.153.4', ...storyVersions] as const)(
  'verify --with-codex makes imported turns visible to mere readers of Codex %s',
  (version) =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, version);
      const threadId = await converse(machines.a, machines.folderA, ['first question', 'RUN echo two']);
      const verify = ['verify', '--with-codex', machines.b.codexBin];
      for (const turns of [2, 3]) {
        await machines.syncOk(await packAll(machines.a, `turns-${turns}`));
        await syncCliOk(machines.b, ['verify']);
        await syncCliOk(machines.b, verify, machines.b.environment);
        expect(await turnsSeenByReader(machines, threadId)).toBe(turns);
        await goOn(machines.a, threadId, ['third']);
      }
    }),
);

test('verify says so when a synced rollout is gone', () =>
  inLab(async (lab) => {
    const machines = await TwoMachines.meet(lab, newest);
    const threadId = await converse(machines.a, machines.folderA, ['first question']);
    await machines.syncOk(await packAll(machines.a, 'first'));
    await rm(await rolloutOf(machines.b, threadId));
    const answer = await syncCli(machines.b, ['verify']);
    expect(answer.exitCode).toBe(6);
    expect(answer.stdout).toContain(threadId);
  }));
