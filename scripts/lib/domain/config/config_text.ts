// The configuration file that `config init` writes: every key with its comment. What is not set is commented out, with its default.

import { CONFIG_KEYS, type ConfigKey, sectionOf } from './config_keys.ts';
import { expected, type Pair, type Value } from './config_values.ts';
import type { Settings } from './read_settings.ts';

const HEAD = [
  '# Configuration of codex-session-sync.',
  '# Flags win over environment variables, these over this file, and this file over the defaults.',
  '# A key that is commented out has its default. `config validate` checks the file.',
];

/** `notes`: further comments at its head. */
export function buildConfigText(settings: Settings, notes: string[] = [], keys: ConfigKey[] = CONFIG_KEYS): string {
  const sections = [...new Set(keys.map(({ name, type }) => (type.kind === 'pairs' ? name : sectionOf(name))))];
  const blocks = sections.map((section) => blockOf(section, keys, settings));
  return [...HEAD, ...(notes.length > 0 ? ['#', ...notes.map((note) => `# ${note}`)] : []), ...blocks.flat(), ''].join('\n');
}

function blockOf(section: string, keys: ConfigKey[], settings: Settings): string[] {
  const pairs = keys.find(({ name, type }) => name === section && type.kind === 'pairs');
  if (pairs) return ['', `[${section}]`, ...comment(pairs), ...pairLines(pairs, settings)];
  const own = keys.filter(({ name, type }) => type.kind !== 'pairs' && sectionOf(name) === section);
  const lines = own.flatMap((key) => ['', ...comment(key), keyLine(key, settings)]);
  return section === '' ? lines : ['', `[${section}]`, ...lines.slice(1)];
}

const comment = (key: ConfigKey): string[] => [
  `# ${plain(key.describe)}${key.flag ? ` (--${key.flag})` : ''}`,
  ...(key.type.kind === 'pairs'
    ? []
    : [`# ${plain(expected(key.type))}${key.variable ? `; the environment variable ${key.variable} wins` : ''}`]),
];

const plain = (text: string): string => text.replaceAll('`', '');

function keyLine({ name, default: usual, example }: ConfigKey, settings: Settings): string {
  const set = settings.get(name);
  const key = name.split('.').at(-1);
  return set === undefined ? `# ${key} = ${tomlOf(usual ?? example ?? '')}` : `${key} = ${tomlOf(set)}`;
}

function pairLines({ name, example }: ConfigKey, settings: Settings): string[] {
  const set = settings.get(name) as Pair[] | undefined;
  const line = ({ from, to }: Pair): string => `${quoted(from)} = ${quoted(to)}`;
  return set === undefined ? (example as Pair[]).map((pair) => `# ${line(pair)}`) : set.map(line);
}

export function tomlOf(value: Value): string {
  if (!Array.isArray(value)) return typeof value === 'string' ? quoted(value) : String(value);
  return `[${value.map((one) => (typeof one === 'string' ? quoted(one) : `${quoted(one.from)} = ${quoted(one.to)}`)).join(', ')}]`;
}

/** JSON escapes as TOML does, except for one character. */
const quoted = (text: string): string => JSON.stringify(text).replaceAll('\u007f', '\\u007f');
