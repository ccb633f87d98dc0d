// Makes the n-th call that changes the disk (or a database) fail, in one of the ways in which disks and processes fail.

import fs from 'node:fs';
import Database from 'better-sqlite3';
import { kept } from '../fixtures/kept.ts';

/**
 * - `refused`: the call has no effect and throws. - `half`: a write leaves half of its bytes, the removal of a folder half of its entries
 *   (a manifest among them, since a file system lists them in any order), then it throws.
 * - `unreported`: the call has its effect and then throws. - `dies`: as `refused`, and every later call fails too: the process is gone.
 * - `dies_after`: as `unreported`, and the process is gone.
 */
export type Failure = 'refused' | 'half' | 'unreported' | 'dies' | 'dies_after';

const FILE_CALLS = [
  'writeSync',
  'renameSync',
  'mkdirSync',
  'fsyncSync',
  'ftruncateSync',
  'futimesSync',
  'rmSync',
  'rmdirSync',
] as const;
const { writeSync, rmSync } = fs;
const statements = Object.getPrototypeOf(kept(new Database(':memory:')).prepare('SELECT 1')) as {
  run(...cells: unknown[]): unknown;
};
const databases = Database.prototype as unknown as { exec(sql: string): unknown };

type AnyCall = (...words: unknown[]) => unknown;

/** Calls `instead` for each such call of this process, until the function that is given back is called. */
export function replaceCalls(instead: (name: string, call: () => unknown, words: unknown[]) => unknown): () => void {
  const originals: [object, string, AnyCall][] = [];
  const replace = (owner: object, name: string): void => {
    const original = (owner as Record<string, AnyCall>)[name] as AnyCall;
    originals.push([owner, name, original]);
    (owner as Record<string, AnyCall>)[name] = function (this: unknown, ...words: unknown[]) {
      return instead(name, () => original.apply(this, words), words);
    };
  };
  for (const name of FILE_CALLS) replace(fs, name);
  replace(statements, 'run');
  replace(databases, 'exec');
  return () => {
    for (const [owner, name, original] of originals) (owner as Record<string, AnyCall>)[name] = original;
  };
}

/** Runs `work` with the failure at call `at` (1 is the first); tells how many calls there were, which, and what was thrown. */
export function withFailure(at: number, failure: Failure, work: () => void): { calls: number; names: string[]; thrown: unknown } {
  let calls = 0;
  const names: string[] = [];
  const putBack = replaceCalls((name, call, words) => {
    calls++;
    names.push(name);
    const isGone = calls > at && (failure === 'dies' || failure === 'dies_after');
    if (calls !== at && !isGone) return call();
    if (calls === at) applyPart(failure, name, call, words);
    throw Object.assign(new Error(`${failure} at call ${calls}: ${name}`), { code: 'EIO' });
  });
  let thrown: unknown = null;
  try {
    work();
  } catch (error) {
    thrown = error;
  } finally {
    putBack();
  }
  return { calls, names, thrown };
}

function applyPart(failure: Failure, name: string, call: () => unknown, words: unknown[]): void {
  if (failure === 'unreported' || failure === 'dies_after') call();
  if (failure !== 'half') return;
  if (name === 'writeSync') writeHalf(words);
  if (name === 'rmSync') removeHalf(String(words[0]));
}

function writeHalf(words: unknown[]): void {
  const [handle, bytes, start = 0, length = (bytes as Buffer).length, position = null] = words as [
    number,
    Buffer | string,
    number,
    number,
    number | null,
  ];
  const half =
    typeof bytes === 'string' ? Buffer.from(bytes).subarray(0, bytes.length >> 1) : bytes.subarray(start, start + (length >> 1));
  writeSync(handle, half, 0, half.length, position);
}

function removeHalf(place: string): void {
  if (!fs.statSync(place, { throwIfNoEntry: false })?.isDirectory()) return;
  const names = fs.readdirSync(place).sort().reverse();
  for (const name of names.slice(0, Math.ceil(names.length / 2))) rmSync(`${place}/${name}`, { recursive: true });
}
