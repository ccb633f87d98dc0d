import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { lockThreads } from '../../scripts/lib/adapters/locks/codex_locks.ts';
import { holdElsewhere } from '../fixtures/lock_holder.ts';
import { type CodexAppServer, CodexRefusal, withCodex } from './lab/codex_app_server.ts';
import { type Machine, makeProject } from './lab/codex_home.ts';
import { newest } from './lab/codex_versions.ts';
import { inLab } from './lab/lab.ts';
import { converse, rolloutOf, say } from './lab/sessions.ts';
import { type Answer, pack } from './lab/sync_cli.ts';
import { TwoMachines } from './stories/two_machines.ts';

const lockFiles = async (machine: Machine): Promise<string[]> =>
  (await readdir(path.join(machine.codexHome, 'thread-writer-locks'))).filter((name) => !name.startsWith('.'));

test.each(['0.153.4', '0.160.1', newest] as const)(
  'Codex %s does not open a thread that we hold, opens it when we are done or killed, and tidies what a killed one left',
  (version) =>
    inLab(async (lab) => {
      const machine = await lab.machine('a', version);
      const threadId = await converse(machine, await makeProject(machine, 'alpha'), ['first']);
      const held = await holdElsewhere(machine.codexHome, [threadId]);
      await withCodex(machine, async (codex) => {
        const resume = () => codex.request('thread/resume', { threadId });
        await expect(resume()).rejects.toThrow(/already has an active writer/);
        await held.release();
        expect(await lockFiles(machine)).toEqual([]);
        const again = await holdElsewhere(machine.codexHome, [threadId]);
        await expect(resume()).rejects.toThrow(/already has an active writer/);
        await again.kill();
        expect(await lockFiles(machine)).toEqual([`${threadId}.lock`]);
        await resume();
        await say(codex, threadId, 'second');
        await expect(holdElsewhere(machine.codexHome, [threadId])).rejects.toThrow('session_busy');
      });
      expect(await lockFiles(machine)).toEqual([]);
    }),
);

/** How often a sync and a turn are let run into each other: a matter of luck, so only where it is asked for. */
const rounds = Number(process.env.CODEX_SYNC_COLLISIONS ?? 0);

test.runIf(rounds > 0)(
  'a sync and a real turn at random times of each other lose no turn and make no ordinal twice; one of them may have to come again',
  () =>
    inLab(async (lab) => {
      const machines = await TwoMachines.meet(lab, newest);
      const threads = await threadsOnBoth(machines);
      const packed = await packAgain(machines, threads);
      const outcomes = await withCodex(machines.b, async (codex) => {
        const seen: string[] = [];
        for (const [round, threadId] of threads.entries()) {
          const moment = moments[round % moments.length]!;
          const user = (work: User) => (round % 3 === 2 ? withCodex(machines.b, work) : work(codex));
          seen.push(await collide(machines, user, packed, threadId, moment));
        }
        return seen;
      });
      console.log(countOf(outcomes));
      // Else the locks were not there, or the two never met.
      expect(outcomes.join('; ')).toContain('Codex had to wait');
      await expectNothingLost(machines.b, threads, outcomes);
      // Two lock files once stayed here, and it is not known whose they were. What matters: nobody holds them, and the next one tidies.
      lockThreads(machines.b.codexHome, threads).release();
      expect(await lockFiles(machines.b)).toEqual([]);
    }),
);

/** Threads of one turn each that both have. */
async function threadsOnBoth(machines: TwoMachines): Promise<string[]> {
  const threads = await withCodex(machines.a, async (codex) => {
    const made: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const { thread } = await codex.request<{ thread: { id: string } }>('thread/start', { cwd: machines.folderA });
      await say(codex, thread.id, 'first');
      made.push(thread.id);
    }
    return made;
  });
  await machines.syncOk((await pack(machines.a, 'first', '--all')).folder);
  return threads;
}

/** A goes on with all of them. */
async function packAgain(machines: TwoMachines, threads: string[]): Promise<string> {
  await withCodex(machines.a, async (codex) => {
    for (const threadId of threads) {
      await codex.request('thread/resume', { threadId });
      await say(codex, threadId, 'second');
    }
  });
  return (await pack(machines.a, 'second', '--all')).folder;
}

const pause = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const namesIn = (...folders: string[]): Promise<string[]> => readdir(path.join(...folders)).catch(() => []);

type Moment = (home: string, threadId: string, isOver: () => boolean) => Promise<void>;

/** When the user comes: at any time of a sync, while it plans, when its bytes are staged, and when it has the thread locked. */
const moments: Moment[] = [
  () => pause(2000 * Math.random()),
  async (home, _threadId, isOver) => {
    while (!isOver() && !(await namesIn(home, 'sync-journal')).includes('writer.lock')) await pause(1);
    await pause(100 * Math.random());
  },
  async (home, _threadId, isOver) => {
    const before = new Set(await namesIn(home, 'sync-journal'));
    const isStaging = (names: string[]) => names.some((name) => !before.has(name) && !name.startsWith('writer.'));
    while (!isOver() && !isStaging(await namesIn(home, 'sync-journal'))) await pause(1);
    await pause(20 * Math.random());
  },
  async (home, threadId, isOver) => {
    while (!isOver() && !(await namesIn(home, 'thread-writer-locks')).includes(`${threadId}.lock`)) await pause(1);
  },
];

type User = (codex: CodexAppServer) => Promise<number>;

const countOf = (outcomes: string[]): Record<string, number> =>
  Object.fromEntries([...new Set(outcomes)].map((one) => [one, outcomes.filter((other) => other === one).length]));

/** `user` has a Codex that is open all the time, or opens one at that moment. */
async function collide(
  machines: TwoMachines,
  user: (work: User) => Promise<number>,
  packed: string,
  threadId: string,
  moment: Moment,
): Promise<string> {
  let isOver = false;
  const syncing = machines.sync(packed, '--thread-id', threadId).finally(() => {
    isOver = true;
  });
  await moment(machines.b.codexHome, threadId, () => isOver);
  const refusals = await user((codex) => goOnHere(codex, threadId));
  return `${outcomeOf(await syncing)}${refusals > 0 ? ', Codex had to wait' : ''}`;
}

/** The user opens the thread, again while it is said to be busy, and says something. */
async function goOnHere(codex: CodexAppServer, threadId: string): Promise<number> {
  for (let refusals = 0; ; refusals++) {
    try {
      await codex.request('thread/resume', { threadId });
      await say(codex, threadId, 'here');
      return refusals;
    } catch (error) {
      if (!(error instanceof CodexRefusal && /already has an active writer/.test(error.message))) throw error;
      await pause(20);
    }
  }
}

/** A sync that looks after the turn finds that both sides went on and makes a second session. */
function outcomeOf({ exitCode, report, stdout, stderr }: Answer): string {
  if (exitCode === 0) return String(report.sessions[0]?.action);
  if (exitCode === 3) return 'busy';
  if (exitCode === 5 && stdout.includes('"stale_plan"')) return 'gone on with since the plan';
  throw new Error(`exit ${exitCode}: ${stdout} ${stderr}`);
}

async function expectNothingLost(machine: Machine, threads: string[], outcomes: string[]): Promise<void> {
  const seen = await withCodex(machine, async (codex) => {
    const turns: string[][] = [];
    for (const threadId of threads) turns.push(await promptsOf(codex, threadId));
    return turns;
  });
  const expected = outcomes.map((outcome) => (outcome.startsWith('append') ? ['first', 'second', 'here'] : ['first', 'here']));
  expect(seen).toEqual(expected);
  for (const threadId of threads) {
    const ordinals = await ordinalsOf(machine, threadId);
    expect(ordinals).toEqual(ordinals.map((_, index) => index));
  }
}

type Item = { type: string; content?: { text?: string }[] };

async function promptsOf(codex: CodexAppServer, threadId: string): Promise<string[]> {
  const { thread } = await codex.request<{ thread: { turns: { items: Item[] }[] } }>('thread/resume', { threadId });
  const items = thread.turns.flatMap((turn) => turn.items).filter(({ type }) => type === 'userMessage');
  return items.map(({ content = [] }) => content.map(({ text = '' }) => text).join(''));
}

async function ordinalsOf(machine: Machine, threadId: string): Promise<number[]> {
  const lines = (await readFile(await rolloutOf(machine, threadId), 'utf8')).trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { ordinal: number }).ordinal);
}
