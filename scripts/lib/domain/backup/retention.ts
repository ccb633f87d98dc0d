// Which backups may go.

import { timesInOrder } from '../ids/transaction_id.ts';
import type { BackupDescription } from './backup.ts';

/** `keep`: so many of the newest. `olderThan`: milliseconds. With both, only what both let go. */
export type Retention = { keep: number | null; olderThan: number | null };

/**
 * `newestFirst` are whole, and of one home. The newest always stays, and the newest that had every session in it: what a later one had to leave out may be
 * nowhere else any more.
 */
export function choosePruned<Backup extends { description: BackupDescription }>(
  newestFirst: Backup[],
  { keep, olderThan }: Retention,
  now: number,
): { dropped: Backup[]; kept: Backup[] } {
  const times = timesInOrder(
    newestFirst.map(({ description }) => description.created_at),
    now,
  );
  const complete = newestFirst.findIndex(({ description }) => description.left_out === 0);
  const isDropped = (_: Backup, at: number): boolean =>
    at > 0 &&
    at !== complete &&
    (keep === null || at >= keep) &&
    (olderThan === null || now - Number(times[at]) > olderThan) &&
    (keep !== null || olderThan !== null);
  return {
    dropped: newestFirst.filter(isDropped),
    kept: newestFirst.filter((one, at) => !isDropped(one, at)),
  };
}
