import { describe, expect, test } from 'vitest';
import { type Flag, keyOf } from '../../scripts/lib/cli/command_line/command.ts';
import { readCommandLine } from '../../scripts/lib/cli/command_line/command_line.ts';
import { COMMANDS } from '../../scripts/lib/cli/command_table.ts';
import { SyncError } from '../../scripts/lib/domain/codes/errors.ts';

const read = (...words: string[]) => readCommandLine(words, COMMANDS);

/** What is wrong with a command line; nothing where nothing is. */
function wrong(...words: string[]): string {
  try {
    read(...words);
    return '';
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'usage') throw error;
    return error.message;
  }
}

/** A value that the flag takes. */
const SAMPLES: Record<string, string> = {
  DIR: 'folder',
  ID: '019a',
  SECONDS: '3',
  'FROM=TO': '/a=/b',
  VERSION: '0.169.0',
  N: '3',
  DAYS: '30d',
};
const sampleOf = ({ takes = '', oneOf }: Flag): string => oneOf?.[0] ?? SAMPLES[takes] ?? 'x';
const isAsked = ({ name }: Flag): boolean => name === 'help' || name === 'version';

type Case = [command: string, flag: string, Flag, words: string[]];
/** Each command with each of its flags; `words` are those without which the command is not complete. */
const cases: Case[] = COMMANDS.flatMap((command) =>
  command.flags
    .filter((flag) => !isAsked(flag))
    .map((flag): Case => {
      const required = command.flags.filter(({ isRequired, name }) => (isRequired || flag.needs === name) && name !== flag.name);
      const words = [command.name, ...command.positionals.filter(({ isOptional }) => !isOptional).map(() => 'thing')];
      return [
        command.name,
        `--${flag.name}`,
        flag,
        [...words, ...required.map((one) => (one.takes ? `--${one.name}=${sampleOf(one)}` : `--${one.name}`))],
      ];
    }),
);
const valued = cases.filter(([, , { takes }]) => takes !== undefined);
const once = valued.filter(([, , { times }]) => times === undefined);
const switches = cases.filter(([, , { takes }]) => takes === undefined);

test('the table is not empty and a flag means the same in every command', () => {
  expect(cases.length).toBeGreaterThan(100);
  for (const [, name, { takes, times }] of cases)
    for (const [, , other] of cases.filter((one) => one[1] === name))
      expect([name, other.takes, other.times]).toEqual([name, takes, times]);
});

describe('a flag with a value', () => {
  test.each(valued)('%s %s is read in both spellings', (_command, name, flag, words) => {
    const value = sampleOf(flag);
    const expected = flag.times ? [value] : value;
    expect(read(...words, name, value).flags[keyOf(flag.name)]).toEqual(expected);
    expect(read(...words, `${name}=${value}`).flags[keyOf(flag.name)]).toEqual(expected);
  });

  test.each(valued)('%s %s without its value is wrong usage', (_command, name, _flag, words) => {
    expect(wrong(...words, name)).toContain(`${name} needs a value`);
    expect(wrong(...words, name, '--json')).toContain(`${name} needs a value`);
  });

  test.each(valued)('%s %s with an empty value is wrong usage', (_command, name, _flag, words) => {
    for (const given of [[name, ''], [`${name}=`], [name, ' '], [`${name}=\t`]])
      expect(wrong(...words, ...given)).toContain(`The value of ${name} is empty`);
  });

  test.each(once)('%s %s given twice is wrong usage', (_command, name, flag, words) => {
    const value = sampleOf(flag);
    const names = [flag.name, ...(flag.aliases ?? [])].map((one) => `--${one}`);
    for (const second of names)
      for (const again of [[second, value], [`${second}=${value}`]])
        expect(wrong(...words, name, value, ...again)).toContain(`${name} is given more than once`);
  });

  test.each(valued)('%s %s has no --no- form', (_command, name, flag, words) => {
    expect(wrong(...words, `--no-${flag.name}`)).toContain(`Unknown flag --no-${name.slice(2)}`);
  });
});

describe('a switch', () => {
  test.each(switches)('%s %s is on, off, and nothing else', (_command, name, flag, words) => {
    const key = keyOf(flag.name);
    expect(read(...words, name).flags[key]).toBe(true);
    expect(read(...words, `${name}=true`).flags[key]).toBe(true);
    for (const off of [`--no-${flag.name}`, `${name}=false`]) expect(read(...words, off).flags[key]).toBe(false);
    for (const odd of [`${name}=`, `${name}=yes`, `--no-${flag.name}=false`])
      expect(wrong(...words, odd)).toContain('takes no value');
    for (const second of [name, `--no-${flag.name}`, `${name}=false`])
      expect(wrong(...words, name, second)).toContain(`${name} is given more than once`);
  });
});

test.each([
  ['a letter that is no flag', ['sync', 'p', '-v'], 'Unknown flag -v.'],
  ['a flag that nobody knows', ['sync', 'p', '--exceute'], 'Unknown flag --exceute. Did you mean --execute?'],
  ['a flag in another spelling', ['sync', 'p', '--codexHome', 'x'], 'Unknown flag --codexHome.'],
  ['a flag of another command', ['sync', 'p', '--keep', '3'], '`sync` has no flag --keep.'],
  ['a short flag that nobody knows', ['sync', 'p', '-x'], 'Unknown flag -x.'],
  ['no command', [], 'Missing command'],
  ['a command that nobody knows', ['snyc', 'p'], 'Unknown command `snyc`.'],
  ['no package', ['sync'], 'PACKAGE is missing.'],
  ['an empty package', ['sync', ''], 'PACKAGE is empty.'],
  ['two packages', ['sync', 'one', 'two'], 'Unexpected argument: `two`.'],
  ['a switch with a value behind it', ['sync', 'p', '--execute', 'false'], 'Unexpected argument: `false`.'],
  ['a flag that has to be there', ['packup', '--all'], '--output DIR is missing.'],
  ['a choice that is none', ['sync', 'p', '--on-divergence', 'merge'], '`merge` is not a value of --on-divergence'],
  ['an id that is none', ['sync', 'p', '--thread-id', 'xyz'], '`xyz` is not an id or the beginning of one. (--thread-id)'],
  ['a wait where nothing is written', ['recover', '--wait', '3'], '--wait needs --execute.'],
  ['a time that is none', ['recover', '--wait', '-1'], '`-1` is not a number of seconds.'],
  ['a count that is none', ['prune-journal', '--keep', '1e3'], '`1e3` is not a whole number.'],
])('%s is wrong usage', (_what, words, message) => {
  expect(wrong(...words)).toContain(message);
});

test('all problems of a command line are told at once', () => {
  const said = wrong('sync', '--codex-home=', '--wait', 'soon', '--frobnicate', '--on-collision', 'x', '--execute', '--execute');
  for (const what of ['--codex-home', 'soon', '--frobnicate', '--on-collision', '--execute is given', 'PACKAGE is missing'])
    expect(said).toContain(what);
});

test('what stands behind -- is no flag', () => {
  expect(read('sync', '--execute', '--', '--strange').flags).toMatchObject({ package: '--strange', execute: true });
});

test('flags may stand before the command, and help is asked for anywhere', () => {
  expect(read('--json', '--codex-home', 'x', 'doctor')).toMatchObject({ command: { name: 'doctor' }, flags: { codexHome: 'x' } });
  expect(read('sync', '--help')).toMatchObject({ command: { name: 'sync' }, asks: 'help' });
  expect(read('--version').asks).toBe('version');
});

test('names of several skills follow their flag, which may be repeated', () => {
  expect(read('sync', 'p', '--include-skills', 'a', 'b', '--json', '--include-skills=c').flags.includeSkills).toEqual([
    'a',
    'b',
    'c',
  ]);
});
