// A moment as people type it: a day of their calendar, a time, or so many days ago.

const DAYS_AGO = /^(\d{1,5})d$/;
const DAY = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;

export const problemWithWhen = (value: string): string | null =>
  parseWhen(value, new Date(0), 'start') === null
    ? `\`${value}\` is not a day such as 2026-11-03, a time such as 2026-11-03T10:11, or days ago such as 30d.`
    : null;

/** Milliseconds since 1970; null where it is no moment. Days are those of this machine's time zone; `edge` is which end of one is meant. */
export function parseWhen(value: string, now: Date, edge: 'start' | 'end'): number | null {
  const ago = DAYS_AGO.exec(value)?.[1];
  if (ago !== undefined) return now.getTime() - Number(ago) * 86_400_000;
  const day = DAY.exec(value);
  if (day) return timeOfDay(day.slice(1).map(Number) as [number, number, number], edge);
  const time = TIME.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(time) ? null : time;
}

function timeOfDay([year, month, day]: [number, number, number], edge: 'start' | 'end'): number | null {
  const start = new Date(year, month - 1, day);
  if (start.getMonth() !== month - 1 || start.getDate() !== day) return null;
  return edge === 'start' ? start.getTime() : new Date(year, month - 1, day + 1).getTime() - 1;
}
