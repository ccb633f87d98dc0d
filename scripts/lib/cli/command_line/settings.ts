// Flags that the command line does not give, out of the configuration file: flags win over the environment, that over the file.

import path from 'node:path';
import { placeOfConfig, readConfigFile } from '../../adapters/config/config_file.ts';
import { LOCAL_NAMES } from '../../adapters/paths/local_paths.ts';
import { userFolder } from '../../adapters/process/runtime_environment.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { CONFIG_KEYS, type ConfigKey } from '../../domain/config/config_keys.ts';
import type { Pair, Value, ValueType } from '../../domain/config/config_values.ts';
import { type ConfigProblem, readSettings } from '../../domain/config/read_settings.ts';
import { isSamePath } from '../../domain/paths/foreign_path.ts';
import { type Described, type Flags, keyOf } from './command.ts';

/** Throws `configuration_invalid` with everything that is wrong with the file. */
export function withSettings(flags: Flags, command: Described, environment: NodeJS.ProcessEnv): Flags {
  if (command.ignoresConfig) return flags;
  const file = readConfigFile(placeOfConfig((flags.config as string | undefined) ?? null, environment));
  if (!file) return flags;
  const { settings, problems } = readSettings(file.table, file.text, LOCAL_NAMES.platform);
  requireValid(problems, file.path);
  const filled = { ...flags };
  for (const key of CONFIG_KEYS) {
    const value = settings.get(key.name);
    if (value !== undefined && !(key.variable && environment[key.variable])) fill(filled, key, value, command);
  }
  return filled;
}

export function requireValid(problems: ConfigProblem[], where: string): void {
  if (problems.length > 0) throw new SyncError('configuration_invalid', problems.map(problemText).join(' '), { where });
}

export const problemText = ({ line, message }: ConfigProblem): string => (line === null ? message : `Line ${line}: ${message}`);

/** Of a key that has no flag: what the file sets, or its default. */
export function settingOf<Kind extends Value>(flags: Flags, name: string): Kind {
  const key = CONFIG_KEYS.find((one) => one.name === name);
  if (key?.default === undefined) throw new Error(`The configuration has no key ${name} with a default.`);
  return (flags[name] ?? key.default) as Kind;
}

/** What is no flag or word of a command keeps its name, which has a dot and so is the name of no flag. */
function fill(flags: Flags, { name, type, flag, positional, only }: ConfigKey, value: Value, command: Described): void {
  const word = flag ?? positional;
  if (word === undefined) flags[name] = value;
  else if (
    (only?.includes(command.name) ?? true) &&
    [...command.flags, ...command.positionals].some((one) => one.name === word)
  ) {
    const given = flags[keyOf(word)];
    if (type.kind === 'pairs') flags[keyOf(word)] = withPairs((given ?? []) as string[], value as Pair[], type.of);
    else if (given === undefined) flags[keyOf(word)] = asGiven(value, type);
  }
}

/** As the command line gives it: numbers are texts. */
function asGiven(value: Value, type: ValueType): unknown {
  if (type.kind === 'number') return `${String(value)}${type.unit ?? ''}`;
  if (type.kind === 'names_or_paths') return (value as string[]).map(inUserFolder);
  return type.kind === 'path' || type.kind === 'place' ? inUserFolder(value as string) : value;
}

/** Those of the flag stand first, and what one of them maps is mapped by no other. */
function withPairs(given: string[], pairs: Pair[], of: 'paths' | 'texts'): string[] {
  const isSame = of === 'paths' ? isSamePath : (one: string, other: string) => one === other;
  const froms = given.map((rule) => rule.slice(0, rule.indexOf('=')));
  const others = pairs.filter(({ from }) => !froms.some((known) => isSame(known, from)));
  return [...given, ...others.map(({ from, to }) => `${from}=${of === 'paths' ? inUserFolder(to) : to}`)];
}

const inUserFolder = (named: string): string => (/^~(?:[/\\]|$)/.test(named) ? path.join(userFolder(), named.slice(1)) : named);
