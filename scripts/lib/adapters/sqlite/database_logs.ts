// What SQLite keeps beside a database: a write-ahead log with its index, or the rollback journal of a transaction.

import fs from 'node:fs';
import { exists } from '../paths/entries.ts';
import { pause } from '../run/interruption.ts';

/** The log comes first, so that no database is ever left beside a foreign one. */
export const BESIDE = ['-shm', '-wal', '-journal'];

const sizeOf = (file: string): number => fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;

/** Something to read: a file that was only touched is no database yet, and a journal can only give back what was in one. */
export const hasDatabase = (file: string): boolean => exists(file) && sizeOf(file) + sizeOf(`${file}-wal`) > 0;

/**
 * - `none`: all that the database holds is in its own file.
 * - `shared`: readers and writers have an index of the log, so another reader makes no file.
 * - `left`: a log that a stopped writer left, and that a reader would have to make files for.
 * - `journal`: somebody writes just now, or died while writing; then only who may write can roll it back.
 */
export type Log = 'none' | 'shared' | 'left' | 'journal';

export function logOf(file: string): Log {
  if (sizeOf(`${file}-journal`) > 0) return 'journal';
  if (exists(`${file}-wal`) && exists(`${file}-shm`)) return 'shared';
  return sizeOf(`${file}-wal`) > 0 ? 'left' : 'none';
}

/** Changes with every write to the database or to what lies beside it. */
export const stampOf = (file: string): string =>
  ['', '-wal', '-journal']
    .map((ending) => fs.statSync(file + ending, { throwIfNoEntry: false, bigint: true }))
    .map((stat) => (stat ? `${stat.ino} ${stat.size} ${stat.mtimeNs}` : '-'))
    .join(', ');

const PATIENCE_MILLISECONDS = 4000;

/** Reads what nobody wrote to meanwhile; tried again as long as somebody does. Null where that does not end. */
export function atOneMoment<Result>(file: string, read: () => Result): Result | null {
  const end = performance.now() + PATIENCE_MILLISECONDS;
  do {
    const before = stampOf(file);
    const result = read();
    if (stampOf(file) === before) return result;
    pause(50);
  } while (performance.now() < end);
  return null;
}
