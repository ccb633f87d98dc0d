// The configuration file as the tool takes it, with everything that is wrong with it.

import { nearestName } from '../ids/nearest_name.ts';
import { isObject, type JsonObject } from '../json/json_value.ts';
import type { Platform } from '../paths/local_path.ts';
import { CONFIG_KEYS, type ConfigKey, sectionOf } from './config_keys.ts';
import { checkValue, expected, type Pair, problemWithPair, shown, type Value } from './config_values.ts';
import { lineOf } from './key_lines.ts';

/** By the name of the key. What the file does not set is not there. */
export type Settings = Map<string, Value>;

/** `line`: where the file can be searched for the key. */
export type ConfigProblem = { key: string; line: number | null; message: string };

type Read = { settings: Settings; problems: ConfigProblem[] };

/** `table`: what the text has been parsed to. */
export function readSettings(table: JsonObject, text: string, platform: Platform, keys = CONFIG_KEYS): Read {
  const settings: Settings = new Map();
  const problems: ConfigProblem[] = [];
  const report = (name: string, message: string) => problems.push({ key: name, line: lineOf(text, name), message });
  for (const [name, given] of entriesOf(table, keys)) {
    const key = keys.find((one) => one.name === name);
    if (!key) report(name, unknown(name, keys));
    else {
      const value = readValue(key, given, platform, report);
      if (value !== null) settings.set(name, value);
    }
  }
  return { settings, problems };
}

type Report = (name: string, message: string) => void;

function readValue({ name, type }: ConfigKey, given: unknown, platform: Platform, report: Report): Value | null {
  if (type.kind === 'pairs')
    return isObject(given) ? readPairs(name, type.of, given, platform, report) : wrongType(name, type, given, report);
  const { value, problem } = checkValue(type, given, platform);
  if (problem !== null) report(name, `\`${name}\`: ${problem}.`);
  return value;
}

function wrongType(name: string, type: ConfigKey['type'], given: unknown, report: Report): null {
  report(name, `\`${name}\`: must be ${expected(type)}, not ${shown(given)}.`);
  return null;
}

/** Each line of such a section stands for itself; an empty one sets nothing. */
function readPairs(name: string, of: 'paths' | 'texts', table: JsonObject, platform: Platform, report: Report): Pair[] | null {
  const pairs = Object.entries(table).flatMap(([from, to]): Pair[] => {
    const problem = problemWithPair(of, from, to, platform);
    if (problem === null) return [{ from, to: to as string }];
    report(`${name}.${from}`, `\`${name}\`: ${problem}.`);
    return [];
  });
  return pairs.length > 0 ? pairs : null;
}

/** Each key with its section in front; a section that the table does not know stays as a whole. */
function entriesOf(table: JsonObject, keys: ConfigKey[]): [string, unknown][] {
  const sections = new Set(keys.map(({ name }) => sectionOf(name)));
  return Object.entries(table).flatMap(([name, value]) =>
    sections.has(name) && isObject(value)
      ? Object.entries(value).map(([inner, given]): [string, unknown] => [`${name}.${inner}`, given])
      : [[name, value] as [string, unknown]],
  );
}

function unknown(name: string, keys: ConfigKey[]): string {
  const names = keys.map((key) => key.name);
  const sections = [...new Set(keys.map((key) => sectionOf(key.name)))].filter((section) => section !== '');
  if (sections.includes(name)) return `\`${name}\` is a section: write \`[${name}]\`.`;
  const elsewhere = names.find((known) => known.split('.').at(-1) === name.split('.').at(-1));
  const near = elsewhere ?? nearestName(name, [...names, ...sections]);
  return `\`${name}\` is unknown.${near ? ` Did you mean \`${near}\`?` : ''}`;
}
