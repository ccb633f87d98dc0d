// From the words of a command line to a command, its flags and its positionals. Nothing is guessed and nothing is dropped: a flag that is
// empty, doubled, unknown or without its value is told, and all problems of a line are told at once.

import { parseArgs } from 'node:util';
import { SyncError } from '../../domain/codes/errors.ts';
import { nearestName } from '../../domain/ids/nearest_name.ts';
import { type Described, type Flag, type Flags, keyOf, type Positional } from './command.ts';
import { findCommand, noCommand } from './command_names.ts';

/** `command` is null where none was named; `group` is then the noun, if only that was. `asks`: help or the version instead of the command. */
export type CommandLine<Command> = {
  command: Command | null;
  group: string | null;
  flags: Flags;
  asks: 'help' | 'version' | null;
};

/** `typed`: the flag's name as it was given. `values` of a switch are what it cannot take. */
type Given = { flag: Flag; typed: string; values: string[]; isOn: boolean };

type Scanned = { given: Given[]; unknown: string[]; positionals: string[] };

export function readCommandLine<Command extends Described>(words: string[], commands: Command[]): CommandLine<Command> {
  const scanned = scan(words, flagsByName(commands));
  const { command, group, rest } = findCommand(scanned.positionals, commands);
  const given = scanned.given.map((one) => ({ ...one, flag: ownFlag(one, command) }));
  const problems = given.flatMap((one) => (one.flag.takes === undefined ? switchProblems(one) : valueProblems(one)));
  const asks =
    (['help', 'version'] as const).find((asked) => given.some(({ flag, isOn }) => flag.name === asked && isOn)) ?? null;
  if (asks !== null) return { command, group, flags: {}, asks };
  if (!command)
    throw wrong([...problems, ...scanned.unknown.map((word) => unknownFlag(word)), noCommand(rest, commands)], commands);
  problems.push(...scanned.unknown.map((word) => unknownFlag(word, command)));
  const flags = { ...flagValues(given, command, problems), ...positionalValues(rest, command.positionals, problems) };
  if (problems.length > 0) throw wrong(problems, [command]);
  return { command, group, flags, asks: null };
}

/** What a name takes is the same in every command that has it, so flags may stand before the command's name. */
function flagsByName(commands: Described[]): Map<string, Flag> {
  const flags = commands.flatMap((command) => command.flags);
  return new Map(flags.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])].map((name) => [name, flag] as const)));
}

/** Two commands may have a flag of one name, each with its own checks: `--output FILE` and `--output DIR`. */
const ownFlag = ({ flag, typed }: Given, command: Described | null): Flag =>
  command?.flags.find(({ name, aliases = [] }) => name === typed || aliases.includes(typed)) ?? flag;

/** Node's own reader splits the words. It is not strict, because it would stop at the first problem. */
function tokensOf(words: string[], known: Map<string, Flag>) {
  const longNames = [...known].filter(([name]) => name.length > 1);
  const options = Object.fromEntries(longNames.map(([name, flag]) => [name, { type: typeOf(flag), ...letterOf(name, flag) }]));
  return parseArgs({ args: words, options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

const typeOf = ({ takes }: Flag): 'boolean' | 'string' => (takes === undefined ? 'boolean' : 'string');

/** The one-letter name of a flag, beside its own. */
function letterOf(longName: string, { name, aliases = [] }: Flag): { short?: string } {
  const short = aliases.find((alias) => alias.length === 1);
  return short !== undefined && longName === name ? { short } : {};
}

function scan(words: string[], known: Map<string, Flag>): Scanned {
  const scanned: Scanned = { given: [], unknown: [], positionals: [] };
  /** The values of a flag that takes all words up to the next flag. */
  let taking: string[] | null = null;
  for (const token of tokensOf(words, known)) {
    if (token.kind === 'positional') (taking ?? scanned.positionals).push(token.value);
    else if (token.kind === 'option') {
      const given = readFlag(token, known);
      if (given) scanned.given.push(given);
      else scanned.unknown.push(token.rawName);
      taking = given?.flag.times === 'several' ? given.values : null;
    } else taking = null;
  }
  return scanned;
}

type FlagToken = { name: string; rawName: string; value?: string | undefined; inlineValue?: boolean | undefined };

/** `--no-x` turns a switch off; a flag with a value has no such form, or `--no-codex-home` would mean the default. */
function readFlag({ name, value, inlineValue }: FlagToken, known: Map<string, Flag>): Given | null {
  const flag = known.get(name);
  if (flag?.takes !== undefined)
    return { flag, typed: name, values: isNextFlag(value, inlineValue) ? [] : [value as string], isOn: true };
  if (flag) return { flag, typed: name, values: isTruth(value) ? [] : [value], isOn: value !== 'false' };
  const typed = name.startsWith('no-') ? name.slice(3) : '';
  const off = known.get(typed);
  return off && off.takes === undefined ? { flag: off, typed, values: value === undefined ? [] : [value], isOn: false } : null;
}

const isTruth = (value: string | undefined): value is 'true' | 'false' | undefined =>
  value === undefined || value === 'true' || value === 'false';

/** A value that begins with a dash is given behind `=`, unless it is a number. */
const isNextFlag = (value: string | undefined, isInline: boolean | undefined): boolean =>
  value === undefined || (!isInline && /^-[^\d]/.test(value));

const switchProblems = ({ flag: { name }, values }: Given): string[] =>
  values.length === 0 ? [] : [`--${name} takes no value.`];

function valueProblems({ flag: { name, takes, oneOf, check }, values }: Given): string[] {
  if (values.length === 0) return [`--${name} needs a value: --${name} ${takes}.`];
  if (values.some((value) => value.trim() === '')) return [`The value of --${name} is empty.`];
  const others = oneOf ? values.filter((value) => !oneOf.includes(value)) : [];
  return [
    ...others.map((value) => `\`${value}\` is not a value of --${name}: ${oneOf?.join(', ')}.`),
    ...values.flatMap((value) => check?.(value) ?? []).map((problem) => `${problem} (--${name})`),
  ];
}

function flagValues(given: Given[], command: Described, problems: string[]): Flags {
  const flags: Flags = {};
  for (const { flag, typed, values, isOn } of given) {
    const key = keyOf(flag.name);
    if (!command.flags.includes(flag)) problems.push(`\`${command.name}\` has no flag --${typed}.`);
    else if (flag.times) flags[key] = [...((flags[key] ?? []) as string[]), ...values];
    else if (key in flags) problems.push(`--${flag.name} is given more than once.`);
    else flags[key] = flag.takes === undefined ? isOn : values[0];
  }
  const missing = command.flags.filter(({ name, isRequired }) => isRequired && !(keyOf(name) in flags));
  problems.push(...missing.map(({ name, takes }) => `--${name} ${takes} is missing.`));
  for (const { name, needs } of command.flags)
    if (needs && keyOf(name) in flags && !flags[keyOf(needs)]) problems.push(`--${name} needs --${needs}.`);
  return flags;
}

function positionalValues(words: string[], positionals: Positional[], problems: string[]): Flags {
  const flags: Flags = {};
  for (const [at, { name, isOptional, check }] of positionals.entries()) {
    const word = words[at];
    if (word === undefined && !isOptional) problems.push(`${name.toUpperCase()} is missing.`);
    else if (word?.trim() === '') problems.push(`${name.toUpperCase()} is empty.`);
    else if (word !== undefined) {
      const problem = check?.(word) ?? null;
      if (problem !== null) problems.push(`${problem} (${name.toUpperCase()})`);
      flags[name] = word;
    }
  }
  const more = words.slice(positionals.length);
  if (more.length > 0) problems.push(`Unexpected argument: ${more.map((word) => `\`${word}\``).join(', ')}.`);
  return flags;
}

function unknownFlag(word: string, command?: Described): string {
  const name = word.replace(/=.*$/s, '');
  const names = (command?.flags ?? []).flatMap((flag) => [flag.name, ...(flag.aliases ?? [])]);
  const near = nearestName(name.replace(/^-+/, ''), names);
  return `Unknown flag ${name}.${near ? ` Did you mean --${near}?` : ''}`;
}

const wrong = (problems: string[], commands: Described[]): SyncError =>
  new SyncError('usage', [...new Set(problems)].join(' '), {
    hint: commands.length === 1 ? `see ${commands[0]?.name} --help` : 'see --help',
  });
