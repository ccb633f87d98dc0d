// What a key of the configuration may be set to, and what is wrong with what it is set to.

import { parsePath } from '../paths/foreign_path.ts';
import { isAbsoluteOn, type Platform } from '../paths/local_path.ts';
import { problemWithWindowsPath } from '../paths/valid_name.ts';

/** `place`: a path, or an rclone remote. `unit`: what the flag has behind the number. `names_or_paths`: a list. `pairs`: the section itself, whose keys are the user's own. `check`: what is wrong with a text; null where nothing is. */
export type ValueType =
  | { kind: 'text'; check?(value: string): string | null }
  | { kind: 'path' }
  | { kind: 'place' }
  | { kind: 'switch' }
  | { kind: 'choice'; values: readonly string[] }
  | { kind: 'number'; least: number; most: number; unit?: string }
  | { kind: 'names_or_paths'; names: readonly string[] }
  | { kind: 'pairs'; of: 'paths' | 'texts' };

export type Pair = { from: string; to: string };

export type Value = string | number | boolean | string[] | Pair[];

/** `value`, where nothing is wrong. */
export type Checked = { value: Value; problem: null } | { value: null; problem: string };

const good = (value: Value): Checked => ({ value, problem: null });
const bad = (problem: string): Checked => ({ value: null, problem });

export function checkValue(type: Exclude<ValueType, { kind: 'pairs' }>, value: unknown, platform: Platform): Checked {
  if (!isOf(type, value)) return bad(`must be ${expected(type)}, not ${shown(value)}`);
  const problem = problemWith(type, value, platform);
  return problem === null ? good(value) : bad(problem);
}

function isOf(type: Exclude<ValueType, { kind: 'pairs' }>, value: unknown): value is Value {
  switch (type.kind) {
    case 'switch':
      return typeof value === 'boolean';
    case 'number':
      return Number.isInteger(value) && (value as number) >= type.least && (value as number) <= type.most;
    case 'choice':
      return type.values.includes(value as string);
    case 'names_or_paths':
      return Array.isArray(value) && value.every(isText);
    case 'text':
    case 'path':
    case 'place':
      return isText(value);
    default:
      return type satisfies never;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/** As help and pages say it. */
export function expected(type: ValueType): string {
  switch (type.kind) {
    case 'switch':
      return '`true` or `false`';
    case 'number':
      return `a whole number from ${type.least} to ${type.most}`;
    case 'choice':
      return type.values
        .map((value) => `"${value}"`)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1');
    case 'names_or_paths':
      return `a list of ${type.names.map((name) => `"${name}"`).join(', ')} and absolute paths`;
    case 'text':
      return 'a text';
    case 'path':
      return 'an absolute path, or one that begins with `~/`';
    case 'place':
      return 'an absolute path, one that begins with `~/`, or `rclone:REMOTE:PATH`';
    case 'pairs':
      return `a section of lines \`"${type.of === 'paths' ? '/from' : 'from'}" = "${type.of === 'paths' ? '/to' : 'to'}"\``;
    default:
      return type satisfies never;
  }
}

function problemWith(type: ValueType, value: Value, platform: Platform): string | null {
  if (type.kind === 'text') return type.check?.(value as string) ?? null;
  if (type.kind === 'names_or_paths') {
    const paths = (value as string[]).filter((one) => !type.names.includes(one));
    return paths.map((one) => problemWithPath(one, { kind: 'path' }, platform)).find((problem) => problem !== null) ?? null;
  }
  const isPath = type.kind === 'path' || (type.kind === 'place' && !(value as string).startsWith('rclone:'));
  return isPath ? problemWithPath(value as string, type, platform) : null;
}

/** Relative to what, nobody knows later. */
function problemWithPath(path: string, type: ValueType, platform: Platform): string | null {
  if (!/^~(?:[/\\]|$)/.test(path) && !isAbsoluteOn(platform, path)) return `must be ${expected(type)}, not ${shown(path)}`;
  return platform === 'win32' ? problemWithWindowsPath(path) : null;
}

/** What is wrong with one line of a section of pairs; null where nothing is. */
export function problemWithPair(of: 'paths' | 'texts', from: string, to: unknown, platform: Platform): string | null {
  if (!isText(from) || !isText(to)) return `${shown(from)} must be set to a text, not ${shown(to)}`;
  if (from.includes('=') || (of === 'texts' && to.includes('=')))
    return `${shown(from)} has a \`=\`, which a mapping cannot have`;
  if (of === 'texts') return null;
  if (!parsePath(from)) return `${shown(from)} is no absolute path of any system`;
  const problem = problemWithPath(to, { kind: 'path' }, platform);
  return problem === null ? null : `what ${shown(from)} is set to ${problem}`;
}

export const problemWithVersion = (value: string): string | null =>
  /^\d+\.\d+(\.\d+)?/.test(value) ? null : `must be a Codex version such as "0.171.0", not ${shown(value)}`;

const SHOWN = 60;

/** Of a value that may be of any length. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return `\`${text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text}\``;
}
