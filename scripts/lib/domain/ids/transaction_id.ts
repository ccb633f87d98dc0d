// Ids of transactions are UUIDv7 in the order of the transactions: that order counts wherever one came before another. What clocks said is
// for people, since they are set back, and were years ahead once.

/** Any other name in sync-journal/ is not of this tool. */
export const isTransactionId = (name: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(name);

/** Milliseconds since 1970 that an id carries: when it was made, or later where the clock was set back before. */
export const timeOfTransaction = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

const LATEST = 2 ** 48 - 1;

/** The time that the next id carries: also of two in one millisecond, and after the clock was set back. */
export const nextTransactionTime = (newest: string | null, now: number): number =>
  Math.min(Math.max(now, newest === null ? 0 : timeOfTransaction(newest) + 1), LATEST);

/**
 * When transactions were made that are given newest first, by their own clocks: none is taken for older than one before it. A time that is yet
 * to come, or none at all, says nothing; then it is that of the next one.
 */
export function timesInOrder(created: readonly string[], now: number): number[] {
  const times = created.map((text) => Date.parse(text)).map((time) => (time <= now ? time : null));
  let earliest = 0;
  for (let at = times.length - 1; at >= 0; at--) {
    const time = times[at] ?? null;
    if (time !== null) times[at] = earliest = Math.max(earliest, time);
  }
  let next = now;
  return times.map((time) => {
    next = time ?? next;
    return next;
  });
}
