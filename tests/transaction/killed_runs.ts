// The real program as a process of its own, killed with SIGKILL: from outside so long after a sign, or at one of its calls.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { findHot, listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { homeOf, type Machine } from '../fixtures/machine.ts';
import { differences, type Snapshot } from '../fixtures/snapshot.ts';
import { stateOf } from './home_states.ts';

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const LAUNCHER = fileOf('../../scripts/codex-session-sync.cjs');
const AT_CALL = ['--require', fileOf('./killed_at_call.cjs')];

const environment = { ...process.env };
delete environment.CODEX_THREAD_ID;
delete environment.CODEX_SQLITE_HOME;

/** What is seen of a run from outside: it has the lock; its journal is prepared and its changes begin, which fill the first half of the rest. */
type Sign = 'locked' | 'prepared';

/** Milliseconds after the sign; or before the call of that number, 0 for none. */
export type Moment = { sign: Sign; after: number } | { call: number };

type Ended = { status: number | null; wasKilled: boolean; said: string };

function start(words: string[], call: number | null = null): { ended: Promise<Ended>; kill(): void; isOver(): boolean } {
  const child = spawn(process.execPath, [...(call === null ? [] : AT_CALL), LAUNCHER, ...words], {
    env: call === null ? environment : { ...environment, KILLED_AT_CALL: String(call) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes) => {
    said += String(bytes);
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (status, signal) => resolve({ status, wasKilled: signal === 'SIGKILL', said })),
  );
  return { ended, kill: () => child.kill('SIGKILL'), isOver: () => child.exitCode !== null };
}

/** The exit code. */
export const runBeside = async (words: string[]): Promise<number | null> => (await start(words).ended).status;

/** Whether the kill came in time. */
export async function runAndKill(words: string[], machine: Machine, moment: Moment): Promise<boolean> {
  if ('call' in moment) return (await start(words, moment.call).ended).wasKilled;
  const child = start(words);
  const isSeen = signsOf(machine);
  let seen: number | null = null;
  const look = (): void => {
    if (child.isOver()) return;
    if (seen === null && isSeen(moment.sign)) seen = performance.now();
    if (seen !== null && performance.now() - seen >= moment.after) child.kill();
    else setImmediate(look);
  };
  look();
  return (await child.ended).wasKilled;
}

function signsOf({ codexHome }: Machine): (sign: Sign) => boolean {
  const root = path.join(codexHome, 'sync-journal');
  const names = (): string[] => (fs.existsSync(root) ? fs.readdirSync(root) : []);
  const earlier = new Set(names());
  return (sign) =>
    sign === 'locked'
      ? fs.existsSync(path.join(root, 'writer.lock'))
      : names().some((name) => !earlier.has(name) && fs.existsSync(path.join(root, name, 'manifest.json')));
}

/** A run that nobody ends: the number of its calls, and the milliseconds from each sign to its end. */
async function runWhole(words: string[], machine: Machine): Promise<{ calls: number; lasts: Record<Sign, number> }> {
  const child = start(words, 0);
  const isSeen = signsOf(machine);
  const seen: Partial<Record<Sign, number>> = {};
  const look = (): void => {
    for (const sign of ['locked', 'prepared'] as const) if (isSeen(sign)) seen[sign] ??= performance.now();
    if (!child.isOver()) setImmediate(look);
  };
  look();
  const { status, said } = await child.ended;
  expect(status, said).toBe(0);
  // Threads share stderr: a warning may come before or behind it.
  const calls = Number(/calls: (\d+)/.exec(said)?.[1]);
  expect(calls, said).toBeGreaterThan(0);
  const since = (sign: Sign): number => performance.now() - (seen[sign] ?? performance.now());
  return { calls, lasts: { locked: since('locked'), prepared: since('prepared') } };
}

/** `inTime`: from outside, a third of them after the lock, the others after the prepared journal. `atCalls`: at calls of equal distance. */
export type Kills = { inTime: number; atCalls: number };

/** Runs the command once to its end, to see how long it takes. */
export async function momentsOf(words: string[], machine: Machine, { inTime, atCalls }: Kills): Promise<Moment[]> {
  const { calls, lasts } = await runWhole(words, machine);
  const outside = Array.from({ length: inTime }, (_, at): Moment => {
    const sign = at % 3 === 0 ? 'locked' : 'prepared';
    return { sign, after: (at * lasts[sign]) / inTime / (sign === 'prepared' ? 2 : 1) };
  });
  const inside = Array.from({ length: atCalls }, (_, at): Moment => ({ call: Math.ceil(((at + 1) * calls) / (atCalls + 1)) }));
  return [...outside, ...inside];
}

/** A tombstone says when it was noticed: at every run another time. */
const timelessStateOf = (machine: Machine): Snapshot =>
  Object.fromEntries(
    Object.entries(stateOf(machine)).map(([name, text]) => [name, text.replace(/"noticed_at":"[^"]+"/g, '"noticed_at":"then"')]),
  );

/**
 * Kills a command that many times, each time from the same home on, and expects what is after it where its journal is whole, else what was
 * before. Tells how many kills came in time, and how many of them left a transaction to undo.
 */
export async function killOften(
  words: string[],
  machine: Machine,
  again: () => void,
  kills: Kills,
): Promise<{ inTime: number; undone: number }> {
  const before = timelessStateOf(machine);
  const earlier = listJournals(machine.codexHome).length;
  const moments = await momentsOf(words, machine, kills);
  const after = timelessStateOf(machine);
  expect(differences(after, before)).not.toEqual([]);
  const came = { inTime: 0, undone: 0 };
  for (const moment of moments) {
    again();
    if (await runAndKill(words, machine, moment)) came.inTime++;
    if (recoverHome(homeOf(machine), true).some(({ outcome }) => outcome === 'undone')) came.undone++;
    expect(findHot(machine.codexHome)).toEqual([]);
    const expected = listJournals(machine.codexHome).length > earlier ? after : before;
    expect(differences(timelessStateOf(machine), expected), JSON.stringify(moment)).toEqual([]);
  }
  return came;
}
