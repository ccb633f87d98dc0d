// One line of the log in each of its forms. A field holds an id, a path, a code or a count: never text of a conversation, nor the name of a
// session, which mostly is the beginning of its first message.

import { safeJson } from './printable.ts';

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const LOG_FORMATS = ['text', 'json', 'logfmt'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

export type LogFields = Record<string, string | number | boolean | null>;
export type LogEntry = { time: Date; level: LogLevel; event: string; fields: LogFields };

/** Whether an entry of that level belongs into a log of this one. */
export const isLogged = (level: LogLevel, least: LogLevel): boolean => LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);

/** Without its end. */
export function logLine({ time, level, event, fields }: LogEntry, format: LogFormat): string {
  const all = { time: time.toISOString(), level, event, ...fields };
  if (format === 'json') return safeJson(JSON.stringify(all));
  if (format === 'logfmt') return pairs(all);
  return `${all.time} ${level.toUpperCase().padEnd(7)} ${event} ${pairs(fields)}`.trimEnd();
}

const pairs = (fields: LogFields): string =>
  Object.entries(fields)
    .map(([name, value]) => `${name}=${spelled(value)}`)
    .join(' ');

/** Bare where nothing in it could end the value, or act on a terminal. */
function spelled(value: LogFields[string]): string {
  if (typeof value !== 'string') return String(value);
  return /^[!-~]+$/.test(value) && !/["=\\]/.test(value) ? value : safeJson(JSON.stringify(value));
}
