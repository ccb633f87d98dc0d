// When a machine that watches syncs again.

/** In milliseconds. `interval`: at the latest so long after the last run. `settle`: nothing has changed for so long. */
export type Rhythm = { interval: number; settle: number };

/** Times in milliseconds of one clock. `failures`: so many runs in a row have failed. `changed`: when something last changed; null where nothing has since the run began. */
export type SinceRun = { ended: number; took: number; failures: number; changed: number | null };

const LEAST_RETRY = 1000;

/**
 * The interval is the law, and a change only makes a run come sooner: no system reports every change. Between two runs lies at least the time that
 * the last one took, so that at most half of a processor is used, whatever happens. After a failure changes do not count.
 */
export function dueAt({ interval, settle }: Rhythm, { ended, took, failures, changed }: SinceRun): number {
  const rest = ended + Math.max(settle, took);
  const latest = Math.max(ended + interval, rest);
  if (failures > 0) return Math.min(latest, Math.max(rest, ended + Math.max(settle, LEAST_RETRY) * 2 ** (failures - 1)));
  return changed === null ? latest : Math.min(latest, Math.max(changed + settle, rest));
}
