// From the words of a command line to a command, its flags and its positionals. Nothing is guessed and nothing is dropped: a flag that is
// empty, doubled, unknown or without its value is told, and all problems of a line are told at once.

import { SyncError } from '../domain/errors.ts';
import { type Flag, keyOf, type Positional } from './flag.ts';

/** What commands take: by the name in camelCase, text, a list of texts, or true. What was not given is not there. */
export type Flags = Record<string, unknown>;

export type Described = { name: string; describe: string; flags: Flag[]; positionals: Positional[] };

/** `command` is null where none was named. `asks`: help or the version instead of the command. */
export type CommandLine<Command> = { command: Command | null; flags: Flags; asks: 'help' | 'version' | null };

type Given = { flag: Flag; values: string[]; isOn: boolean };

export function readCommandLine<Command extends Described>(words: string[], commands: Command[]): CommandLine<Command> {
  const problems: string[] = [];
  const { given, unknown, positionals } = scan(words, flagsByName(commands), problems);
  const [name, ...rest] = positionals;
  const command = commands.find((one) => one.name === name) ?? null;
  const asked = words.slice(0, endOfFlags(words));
  const asks = asked.some((word) => word === '--help' || word === '-h') ? 'help' : asked.includes('--version') ? 'version' : null;
  if (asks !== null) return { command, flags: {}, asks };
  if (!command) throw wrong([...problems, ...unknown.map((word) => unknownFlag(word)), noCommand(name, commands)], commands);
  problems.push(...unknown.map((word) => unknownFlag(word, command)));
  const flags = { ...flagValues(given, command, problems), ...positionalValues(rest, command.positionals, problems) };
  if (problems.length > 0) throw wrong(problems, [command]);
  return { command, flags, asks: null };
}

const endOfFlags = (words: string[]): number => (words.includes('--') ? words.indexOf('--') : words.length);

/** A name means the same in every command that has it, so flags may stand before the command's name. */
function flagsByName(commands: Described[]): Map<string, Flag> {
  const flags = commands.flatMap((command) => command.flags);
  return new Map(flags.flatMap((flag) => [flag.name, ...(flag.aliases ?? [])].map((name) => [name, flag] as const)));
}

type Scanned = { given: Given[]; unknown: string[]; positionals: string[] };

function scan(words: string[], known: Map<string, Flag>, problems: string[]): Scanned {
  const end = endOfFlags(words);
  const scanned: Scanned = { given: [], unknown: [], positionals: [] };
  for (let at = 0; at < end; ) {
    const word = words[at++] as string;
    if (!isFlag(word)) {
      scanned.positionals.push(word);
      continue;
    }
    const { flag, inline, isOff } = flagOf(word, known);
    if (!flag) {
      scanned.unknown.push(word);
      continue;
    }
    const values = flag.takes === undefined ? [] : valuesOf(flag, inline, words.slice(at, end));
    if (flag.takes !== undefined) at += values.length - (inline === null ? 0 : 1);
    problems.push(...(flag.takes === undefined ? switchProblems(flag, inline, isOff) : valueProblems(flag, values)));
    scanned.given.push({ flag, values, isOn: isOff === (inline === 'false') });
  }
  scanned.positionals.push(...words.slice(end + 1));
  return scanned;
}

/** A single dash is a name as any other. */
const isFlag = (word: string): boolean => word.startsWith('-') && word !== '-';

/** `--no-x` turns a switch off; a flag with a value has no such form, or `--no-codex-home` would mean the default. */
function flagOf(word: string, known: Map<string, Flag>): { flag: Flag | null; inline: string | null; isOff: boolean } {
  const at = word.indexOf('=');
  const name = word.startsWith('--') ? word.slice(2, at === -1 ? undefined : at) : '';
  const inline = at === -1 ? null : word.slice(at + 1);
  const flag = known.get(name);
  if (flag) return { flag, inline, isOff: false };
  const off = name.startsWith('no-') ? known.get(name.slice(3)) : undefined;
  return { flag: off && off.takes === undefined ? off : null, inline, isOff: true };
}

/** What begins with a dash is the next flag; a value that does so is given behind `=`. */
function valuesOf({ times }: Flag, inline: string | null, following: string[]): string[] {
  const next = following.findIndex((word) => isFlag(word) && !/^-\d/.test(word));
  const free = following.slice(0, next === -1 ? undefined : next);
  const first = inline === null ? [] : [inline];
  return times === 'several' ? [...first, ...free] : inline === null ? free.slice(0, 1) : first;
}

const switchProblems = ({ name }: Flag, inline: string | null, isOff: boolean): string[] =>
  inline === null || (!isOff && (inline === 'true' || inline === 'false')) ? [] : [`--${name} takes no value.`];

function valueProblems({ name, takes, oneOf, check }: Flag, values: string[]): string[] {
  if (values.length === 0) return [`--${name} needs a value: --${name} ${takes}.`];
  if (values.some((value) => value.trim() === '')) return [`The value of --${name} is empty.`];
  const others = oneOf ? values.filter((value) => !oneOf.includes(value)) : [];
  return [
    ...others.map((value) => `\`${value}\` is nothing that --${name} takes: ${oneOf?.join(', ')}.`),
    ...values.flatMap((value) => check?.(value) ?? []).map((problem) => `${problem} (--${name})`),
  ];
}

function flagValues(given: Given[], command: Described, problems: string[]): Flags {
  const flags: Flags = {};
  for (const { flag, values, isOn } of given) {
    const key = keyOf(flag.name);
    if (!command.flags.includes(flag)) problems.push(`\`${command.name}\` has no flag --${flag.name}.`);
    else if (flag.times) flags[key] = [...((flags[key] ?? []) as string[]), ...values];
    else if (key in flags) problems.push(`--${flag.name} is given more than once.`);
    else flags[key] = flag.takes === undefined ? isOn : values[0];
  }
  const missing = command.flags.filter(({ name, isRequired }) => isRequired && !(keyOf(name) in flags));
  problems.push(...missing.map(({ name, takes }) => `--${name} ${takes} is missing.`));
  return flags;
}

function positionalValues(words: string[], positionals: Positional[], problems: string[]): Flags {
  const flags: Flags = {};
  for (const [at, { name, isOptional }] of positionals.entries()) {
    const word = words[at];
    if (word === undefined && !isOptional) problems.push(`${name.toUpperCase()} is missing.`);
    else if (word?.trim() === '') problems.push(`${name.toUpperCase()} is empty.`);
    else if (word !== undefined) flags[name] = word;
  }
  const more = words.slice(positionals.length);
  if (more.length > 0) problems.push(`Nothing is known to do with ${more.map((word) => `\`${word}\``).join(', ')}.`);
  return flags;
}

function noCommand(name: string | undefined, commands: Described[]): string {
  if (name === undefined) return `Say what to do, for example: ${commands[0]?.name}.`;
  const near = nearest(
    name,
    commands.map((command) => command.name),
  );
  return `There is no command \`${name}\`.${near ? ` Did you mean \`${near}\`?` : ''}`;
}

function unknownFlag(word: string, command?: Described): string {
  const name = word.replace(/=.*$/s, '');
  const names = (command?.flags ?? []).flatMap((flag) => [flag.name, ...(flag.aliases ?? [])]);
  const near = nearest(name.replace(/^-+/, ''), names);
  return `There is no flag ${name}.${near ? ` Did you mean --${near}?` : ''}`;
}

/** The name that needs the fewest changes, if two are enough. */
function nearest(word: string, names: string[]): string | null {
  const [best] = names.map((name) => ({ name, distance: distance(word, name) })).sort((a, b) => a.distance - b.distance);
  return best && best.distance <= 2 ? best.name : null;
}

function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...one.slice(0, 40)].entries()) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++)
      next.push(Math.min((row[j] as number) + Number(letter !== other[j]), (row[j + 1] as number) + 1, (next[j] as number) + 1));
    row = next;
  }
  return row.at(-1) as number;
}

const wrong = (problems: string[], commands: Described[]): SyncError =>
  new SyncError('usage', [...new Set(problems)].join(' '), {
    hint: commands.length === 1 ? `see ${commands[0]?.name} --help` : 'see --help',
  });
