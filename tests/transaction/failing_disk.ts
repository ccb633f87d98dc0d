// Makes the n-th call that changes the disk (or a database) fail, in one of the ways in which disks and processes fail.

import fs from 'node:fs';
import Database from 'better-sqlite3';

/**
 * - `refused`: the call has no effect and throws. - `half`: a write leaves half of its bytes, then it throws.
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
  'unlinkSync',
  'rmdirSync',
] as const;
const { writeSync } = fs;
const statements = Object.getPrototypeOf(new Database(':memory:').prepare('SELECT 1')) as {
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

/**
 * The calls at which this way of failing leaves a state that no other call, or way, leaves (`CODEX_SYNC_EVERY_CALL=1`: all of them).
 * - A call that has no half, fails by half as it is refused. A sync has no effect that is seen here, so it is not reported as it is refused.
 * - Statements of one database transaction have none before its end.
 * - A death after a call is a death before the next one, unless a file is made by opening it in between, which is no call here.
 * - Of the calls that the same lines of code make again and again only the first and the last: the first finds nothing done, the last all else.
 */
export function callsToFail({ names, sites }: Pick<Calls, 'names' | 'sites'>, failure: Failure): number[] {
  const all = names.map((_, index) => index + 1);
  if (process.env.CODEX_SYNC_EVERY_CALL) return all;
  const own = all.filter((at) => isOfItsOwn(failure, names[at - 2], names[at - 1], names[at]));
  const [first, last] = [own, own.toReversed()].map((some) => new Map(some.toReversed().map((at) => [sites[at - 1], at])));
  return own.filter((at) => [first, last].some((found) => found?.get(sites[at - 1]) === at));
}

function isOfItsOwn(failure: Failure, before: string | undefined, name: string | undefined, next: string | undefined): boolean {
  const isAmongStatements = before === 'run' && name === 'run';
  switch (failure) {
    case 'refused':
      return !isAmongStatements;
    case 'half':
      return name === 'writeSync';
    case 'unreported':
      return !isAmongStatements && name !== 'fsyncSync';
    case 'dies':
      return before !== 'run' && before !== 'fsyncSync';
    case 'dies_after':
      return next === undefined || next === 'writeSync' || (next === 'futimesSync' && name !== 'writeSync');
    default:
      return failure satisfies never;
  }
}

/** `sites`: which lines of the product made a call, for whom; told only of a run in which nothing fails. */
type Calls = { calls: number; names: string[]; sites: string[]; thrown: unknown };

/** Runs `work` with the failure at call `at` (1 is the first). */
export function withFailure(at: number, failure: Failure, work: () => void): Calls {
  const watched = watch(at, failure);
  try {
    work();
  } catch (error) {
    watched.calls.thrown = error;
  } finally {
    watched.end();
  }
  return watched.calls;
}

/** The same for work that waits. */
export async function withFailureWhile(at: number, failure: Failure, work: () => Promise<unknown>): Promise<Calls> {
  const watched = watch(at, failure);
  try {
    await work();
  } catch (error) {
    watched.calls.thrown = error;
  } finally {
    watched.end();
  }
  return watched.calls;
}

function watch(at: number, failure: Failure): { calls: Calls; end(): void } {
  const seen: Calls = { calls: 0, names: [], sites: [], thrown: null };
  const end = replaceCalls((name, call, words) => {
    seen.calls++;
    seen.names.push(name);
    if (!Number.isFinite(at)) seen.sites.push(`${name} ${linesOfProduct()}`);
    const isGone = seen.calls > at && (failure === 'dies' || failure === 'dies_after');
    if (seen.calls !== at && !isGone) return call();
    if (seen.calls === at) applyPart(failure, name, call, words);
    throw Object.assign(new Error(`${failure} at call ${seen.calls}: ${name}`), { code: 'EIO' });
  });
  return { calls: seen, end };
}

const FRAME = /[\\/]scripts[\\/]([^)]+)/;

function linesOfProduct(): string {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 100;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = stackTraceLimit;
  return stack
    .split('\n')
    .flatMap((frame) => FRAME.exec(frame)?.[1] ?? [])
    .join(' ');
}

function applyPart(failure: Failure, name: string, call: () => unknown, words: unknown[]): void {
  if (failure === 'unreported' || failure === 'dies_after') call();
  if (failure !== 'half') return;
  if (name === 'writeSync') writeHalf(words);
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
