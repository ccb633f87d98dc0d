// Times in rows of Codex, which reads them as integers.

import type { Cell } from '../operation/operation.ts';

/** The end of the year 9999, in seconds: beyond it no clock of a Codex or of JavaScript goes. */
const LAST_SECOND = 253_402_300_799;

/** Whole seconds (milliseconds where the name says so) between 1970 and 9999. */
export const isTime = (value: Cell | undefined, name: string): value is number =>
  Number.isSafeInteger(value) &&
  (value as number) >= 0 &&
  (value as number) <= (name.endsWith('_ms') ? LAST_SECOND * 1000 : LAST_SECOND);

/** Of a column in seconds; 1970 for what is no time. */
export function isoOf(seconds: Cell | undefined): string {
  const number = Number(seconds ?? 0);
  return new Date(isTime(number, 'updated_at') ? number * 1000 : 0).toISOString();
}
