// What files of the log are called: `codex-session-sync-<machine>-<day>[.<number>].log`, and `.zip` behind it once it is put away. Days are
// those of UTC, as the times in the lines.

/** `number`: 0 is the first file of its day. */
export type LogName = { day: string; number: number; isZipped: boolean };

export const dayOf = (time: Date): string => time.toISOString().slice(0, 10);

/** Several machines may write into one folder, so each has its own files. */
export const machinePart = (hostName: string): string => hostName.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 40) || 'machine';

export const logName = (machine: string, { day, number }: Pick<LogName, 'day' | 'number'>): string =>
  `${stemOf(machine)}${day}${number === 0 ? '' : `.${number}`}.log`;

/** Null of a file that is not one of this machine's log. */
export function parseLogName(machine: string, name: string): LogName | null {
  const stem = stemOf(machine);
  const match = name.startsWith(stem) ? /^(\d{4}-\d\d-\d\d)(?:\.(\d{1,6}))?\.log(\.zip)?$/.exec(name.slice(stem.length)) : null;
  return match && { day: match[1] as string, number: Number(match[2] ?? 0), isZipped: match[3] !== undefined };
}

const stemOf = (machine: string): string => `codex-session-sync-${machine}-`;
