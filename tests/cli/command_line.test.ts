import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Described, type Flag, keyOf } from '../../scripts/lib/cli/command_line/command.ts';
import { readCommandLine } from '../../scripts/lib/cli/command_line/command_line.ts';
import { helpOfCommand, helpOfTool } from '../../scripts/lib/cli/command_line/help.ts';
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
  'FROM=TO': `/a=${path.resolve('/b')}`,
  VERSION: '0.169.0',
  N: '3',
  DAYS: '30d',
  WHEN: '30d',
  TIME: '15m',
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
      const words = [
        ...command.name.split(' '),
        ...command.positionals.filter(({ isOptional }) => !isOptional).map(() => 'thing'),
      ];
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
  const shapeOf = ({ takes, times }: Flag) => [takes !== undefined, times];
  for (const [, name, flag] of cases)
    for (const [, , other] of cases.filter((one) => one[1] === name))
      expect([name, ...shapeOf(other)]).toEqual([name, ...shapeOf(flag)]);
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

describe('a command of two words', () => {
  const output = (takes: string, check?: Flag['check']): Flag => ({
    name: 'output',
    takes,
    describe: '',
    ...(check ? { check } : {}),
  });
  const force: Flag = { name: 'force', describe: '' };
  const place: Flag = { name: 'place', aliases: ['p'], takes: 'PLACE', describe: '' };
  const help: Flag = { name: 'help', aliases: ['h'], describe: '' };
  const table: Described[] = [
    { name: 'pack', describe: 'packs', flags: [{ ...output('DIR'), aliases: ['output-dir'] }, help], positionals: [] },
    {
      name: 'store init',
      aliases: ['init-store', 'found'],
      describe: 'begins',
      flags: [output('FILE', (value) => (value.endsWith('.x') ? null : 'no .x')), force, place, help],
      positionals: [{ name: 'folder', isOptional: true, describe: '' }],
    },
    { name: 'store list', describe: 'lists', flags: [help], positionals: [] },
  ];
  const named = (...words: string[]) => readCommandLine(words, table);
  const said = (...words: string[]): string => {
    try {
      return String(named(...words).command?.name);
    } catch (error) {
      return (error as Error).message;
    }
  };

  test.each([
    [['store', 'init', 'here'], 'store init', { folder: 'here' }],
    [['--force', 'store', '-p', 'there', 'init'], 'store init', { force: true, place: 'there' }],
    [['init-store', 'here', '-pthere'], 'store init', { folder: 'here', place: 'there' }],
    [['found', '--output=a.x'], 'store init', { output: 'a.x' }],
    [['store', 'list'], 'store list', {}],
    [['pack', '--output-dir', 'a'], 'pack', { output: 'a' }],
    [['pack', '--output', 'a'], 'pack', { output: 'a' }],
  ])('%j is %s', (words, name, flags) => {
    expect(named(...words)).toMatchObject({ command: { name }, flags, asks: null });
  });

  test.each([
    [['store'], '`store` is not complete: store init, store list.'],
    [['store', 'lst'], 'Unknown command `store lst`. Did you mean `store list`?'],
    [['sotre', 'list'], 'Unknown command `sotre`. Did you mean `store list`?'],
    [['store-init'], 'Did you mean `store init`?'],
    [['init-stor'], 'Did you mean `init-store`?'],
    [['store', 'list', 'x'], 'Unexpected argument: `x`.'],
    [['store', 'list', '--force'], '`store list` has no flag --force.'],
    [['store', 'init', '--output', 'a'], 'no .x (--output)'],
    [['store', 'init', '--output-dir', 'a'], '`store init` has no flag --output-dir.'],
    [['store', 'init', '-p'], '--place needs a value: --place PLACE.'],
  ])('%j is wrong usage', (words, message) => {
    expect(said(...words)).toContain(message);
  });

  test('help of its noun lists its commands, and help of its alias is its own', () => {
    expect(named('store', '--help')).toMatchObject({ command: null, group: 'store', asks: 'help' });
    expect(helpOfTool('tool', table, 'store').join('\n')).toBe(
      'tool store COMMAND [flags]\n\n  store init [FOLDER]  begins\n  store list           lists\n\nFlags of a command: tool store COMMAND --help',
    );
    expect(named('found', '-h')).toMatchObject({ command: { name: 'store init' }, asks: 'help' });
    expect(helpOfCommand('tool', table[1] as Described)).toEqual(
      expect.arrayContaining(['tool store init [FOLDER] [flags]', 'Also: init-store, found.']),
    );
  });
});

test('a name belongs to one command', () => {
  const names = COMMANDS.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  for (const name of names) expect(read(...name.split(' '), '--help').command).not.toBeNull();
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
