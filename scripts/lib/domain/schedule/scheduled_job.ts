// What a system is told to run from time to time, and how the file that tells it says so to us again.

import { parseObject } from '../json/json_value.ts';

/** `words`: absolute paths of Node and the launcher, then the command. `path`: where programs such as rclone are found. */
export type ScheduledJob = { name: string; words: string[]; path: string; minutes: number };

/** `15m` or `2h`, in minutes; null for anything else, or more than a day. */
export function minutesOf(every: string): number | null {
  const [, count, unit] = /^(\d{1,4})([mh])$/.exec(every) ?? [];
  const minutes = Number(count) * (unit === 'h' ? 60 : 1);
  return minutes >= 1 && minutes <= 1440 ? minutes : null;
}

export const problemWithEvery = (every: string): string | null =>
  minutesOf(every) === null ? `must be minutes or hours such as "15m" or "2h", at most "24h", not \`${every}\`` : null;

const MARK = 'codex-session-sync job: ';

/** For a comment of the file. No two hyphens, which XML's comments cannot have; nothing but ASCII. */
export const markOf = (job: ScheduledJob): string =>
  MARK + JSON.stringify(job).replace(/[^\x20-\x7e]|-/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Null where the file is not one of ours. */
export function jobIn(text: string): ScheduledJob | null {
  const line = text.split('\n').find((one) => one.includes(MARK));
  const json = line?.slice(line.indexOf(MARK) + MARK.length, line.lastIndexOf('}') + 1);
  const { name, words, path, minutes } = (json ? parseObject(json) : null) ?? {};
  const isOurs =
    typeof name === 'string' &&
    Array.isArray(words) &&
    words.every((word) => typeof word === 'string') &&
    typeof path === 'string' &&
    typeof minutes === 'number';
  return isOurs ? { name, words: words as string[], path, minutes } : null;
}

export const xmlText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
