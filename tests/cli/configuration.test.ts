// The configuration file, from the command line: what it changes, what wins over it, and how it is written and checked.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Flag } from '../../scripts/lib/cli/command_line/command.ts';
import { readCommandLine } from '../../scripts/lib/cli/command_line/command_line.ts';
import { withSettings } from '../../scripts/lib/cli/command_line/settings.ts';
import { COMMANDS } from '../../scripts/lib/cli/command_table.ts';
import { CONFIG_KEYS } from '../../scripts/lib/domain/config/config_keys.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, type Machine, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const LAUNCHER = path.resolve(import.meta.dirname, '../../scripts/codex-session-sync.cjs');
const machine = machinesOfEachTest();
let here: Machine;
let file: string;
beforeEach(() => {
  here = machine();
  file = path.join(here.root, 'c.toml');
});

/** What the command is given, with this file. */
function given(text: string, words: string[], environment: NodeJS.ProcessEnv = {}) {
  fs.writeFileSync(file, text);
  const { command, flags } = readCommandLine(words, COMMANDS);
  if (!command) throw new Error('no command');
  return withSettings(flags, command, { CODEX_SYNC_CONFIG: file, ...environment });
}

const flags = COMMANDS.flatMap((command) => command.flags);
const flagOf = (name: string): Flag => {
  const flag = flags.find((one) => one.name === name);
  if (!flag) throw new Error(`no flag --${name}`);
  return flag;
};

describe('a key and its flag', () => {
  test.each(CONFIG_KEYS.flatMap((key) => (key.flag ? [{ ...key, flag: key.flag }] : [])))(
    '$name is what --$flag is',
    ({ type, flag: name, default: usual }) => {
      const flag = flagOf(name);
      expect(flag.takes === undefined).toBe(type.kind === 'switch');
      expect(flag.times !== undefined).toBe(type.kind === 'pairs' || type.kind === 'names_or_paths');
      if (type.kind === 'choice') expect(flag.oneOf).toEqual(type.values);
      if (type.kind === 'choice')
        expect(flag.describe).toMatch(new RegExp(`default \`${String(usual)}\`|\`${String(usual)}\` .*\\(default\\)`));
    },
  );

  test('each text that a key may have passes the check of its flag', () => {
    const read = given(
      `[sync]\ntarget_codex = "0.171.0"\nwait_seconds = 3\n[path_mappings]\n"C:\\\\x" = '${path.resolve('/x')}'\n[provider_mappings]\na = "b"\n`,
      ['sync', 'p'],
    );
    for (const [name, value] of [
      ['target-codex', read.targetCodex],
      ['wait', read.wait],
      ['map-path', (read.mapPath as string[])[0]],
      ['map-provider', (read.mapProvider as string[])[0]],
    ] as [string, string][])
      expect([name, flagOf(name).check?.(value)]).toEqual([name, null]);
  });

  test('each is one of every command that its key is for', () => {
    for (const { name, flag, positional, only = [] } of CONFIG_KEYS)
      for (const command of only) {
        const own = COMMANDS.find((one) => one.name === command);
        expect([name, command, [...(own?.flags ?? []), ...(own?.positionals ?? [])].map((one) => one.name)]).toEqual([
          name,
          command,
          expect.arrayContaining([flag ?? positional]),
        ]);
      }
  });

  test('has one line in the table', () => {
    const names = CONFIG_KEYS.map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });

  test('what widens what a run may do has none', () => {
    const named = CONFIG_KEYS.map(({ flag }) => flag);
    for (const flag of ['execute', 'keep-permissions', 'resurrect', 'include-skills', 'repair', 'new-home', 'all'])
      expect(named).not.toContain(flag);
  });
});

describe('what wins', () => {
  const text = `codex_home = '${path.resolve('/of-file')}'\n[sync]\non_divergence = "skip"\ninclude_pins = true\nwait_seconds = 30\nextensions = ["wsl"]\n`;

  test('the file over the defaults', () => {
    expect(given(text, ['sync', 'p'])).toMatchObject({
      codexHome: path.resolve('/of-file'),
      onDivergence: 'skip',
      includePins: true,
      wait: '30',
      extension: ['wsl'],
    });
  });

  test('a flag over the file', () => {
    const words = '--codex-home=x --on-divergence=abort --no-include-pins --execute --wait=1 --extension=home-prefix';
    expect(given(text, ['sync', 'p', ...words.split(' ')])).toMatchObject({
      codexHome: 'x',
      onDivergence: 'abort',
      includePins: false,
      wait: '1',
      extension: ['home-prefix'],
    });
  });

  test('the environment over the file', () => {
    expect(given(text, ['sync', 'p'], { CODEX_HOME: '/of-environment' })).not.toHaveProperty('codexHome');
    expect(given(text, ['sync', 'p'], { CODEX_HOME: '' })).toHaveProperty('codexHome');
  });

  test('a command is given only flags that it has', () => {
    expect(given(text, ['doctor'])).toEqual({ codexHome: path.resolve('/of-file') });
  });

  test('mappings stand beside those of the flag, which comes first and wins', () => {
    const [near, flag] = ['/a', '/flag'].map((place) => path.resolve(place));
    const mappings = `[path_mappings]\n"/far/a" = '${near}'\n"C:\\\\Far" = "~/far"\n[provider_mappings]\nx = "y"\nz = "y"\n`;
    expect(given(mappings, ['sync', 'p', '--map-path', `C:\\Far=${flag}`, '--map-provider', 'z=w'])).toMatchObject({
      mapPath: [`C:\\Far=${flag}`, `/far/a=${near}`],
      mapProvider: ['z=w', 'x=y'],
    });
    expect(given(mappings, ['sync', 'p']).mapPath).toEqual([`/far/a=${near}`, `C:\\Far=${path.join(os.homedir(), 'far')}`]);
  });

  test('~ is the home of this user', () => {
    expect(given('codex_home = "~/c"\nuser_home = "~"\n[sync]\nextensions = ["~/e.ts"]\n', ['sync', 'p'])).toMatchObject({
      codexHome: path.join(os.homedir(), 'c'),
      userHome: os.homedir(),
      extension: [path.join(os.homedir(), 'e.ts')],
    });
  });
});

test('all that is wrong with the file is told at once, by its lines', () => {
  expect(() => given('[sync]\non_divergance = "skip"\nwait_seconds = "soon"\n', ['doctor'])).toThrow(
    expect.objectContaining({
      code: 'configuration_invalid',
      where: file,
      message:
        'Line 2: `sync.on_divergance` is unknown. Did you mean `sync.on_divergence`? ' +
        'Line 3: `sync.wait_seconds`: must be a whole number from 0 to 86400, not `"soon"`.',
    }),
  );
  for (const words of [['explain'], ['config', 'init'], ['validate']]) expect(() => given('a = 1', words)).not.toThrow();
});

type Ran = { code: number | null; stdout: string; stderr: string; document: Record<string, unknown> };

/** A real process in a folder that holds what could be taken for a configuration. */
function run(words: string[], environment: NodeJS.ProcessEnv = {}): Ran {
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, ...words], {
    cwd: here.root,
    encoding: 'utf8',
    env: {
      ...process.env,
      CODEX_HOME: here.codexHome,
      HOME: here.userHome,
      USERPROFILE: here.userHome,
      APPDATA: '',
      XDG_CONFIG_HOME: '',
      ...environment,
    },
  });
  return {
    code: status,
    stdout,
    stderr,
    document: words.includes('--json') ? (JSON.parse(stdout) as Record<string, unknown>) : {},
  };
}

const USUAL = { linux: '.config', darwin: 'Library/Application Support', win32: 'AppData/Roaming' }[process.platform as 'linux'];
const usual = (): string => path.join(here.userHome, USUAL, 'codex-session-sync', 'config.toml');

test('a file in the usual place decides what a sync does, and one in the current folder does not', () => {
  const talk = conversation('one', '/home/far/project', ['first']);
  addSession(here, withTurn(talk, 'here'));
  const folder = writePackage(here, [{ conversation: withTurn(talk, 'there') }]);
  for (const name of ['config.toml', 'codex-session-sync/config.toml', '.codex-session-sync.toml', 'codex-session-sync.toml']) {
    fs.mkdirSync(path.dirname(path.join(here.root, name)), { recursive: true });
    fs.writeFileSync(path.join(here.root, name), 'broken');
  }
  const actions = (...words: string[]) =>
    (run(['sync', folder, '--json', ...words]).document.sessions as { action: string }[]).map(({ action }) => action);
  expect(actions()).toEqual(['branch']);
  fs.mkdirSync(path.dirname(usual()), { recursive: true });
  fs.writeFileSync(usual(), '[sync]\non_divergence = "skip"\n');
  expect(actions()).toEqual(['none']);
  expect(actions('--on-divergence', 'branch')).toEqual(['branch']);
  expect(actions('-c', os.devNull)).toEqual(['branch']);
  fs.writeFileSync(file, '');
  expect(actions('-c', 'c.toml')).toEqual(['branch']);
});

test('init writes the file once, for this user alone, and validate finds nothing wrong with it', () => {
  const first = run(['config', 'init', '--json']);
  expect(first).toMatchObject({ code: 0, document: { kind: 'config_init', path: usual() } });
  if (process.platform !== 'win32') expect(fs.statSync(usual()).mode & 0o777).toBe(0o600);
  expect(fs.readdirSync(path.dirname(usual()))).toEqual(['config.toml']);
  fs.appendFileSync(usual(), '[mine]\n');
  const again = run(['init-config', '--json']);
  expect(again).toMatchObject({ code: 4, document: { kind: 'error', code: 'output_exists', where: usual() } });
  expect(fs.readFileSync(usual(), 'utf8')).toContain('[mine]');
  expect(run(['validate', '--json'])).toMatchObject({
    code: 4,
    document: { valid: false, problems: [{ line: expect.any(Number) }] },
  });
  expect(run(['config', 'init', '--force'])).toMatchObject({ code: 0 });
  expect(run(['config', 'validate', '--json'])).toMatchObject({
    code: 0,
    document: {
      kind: 'config_validation',
      path: usual(),
      chosen_by: 'default',
      exists: true,
      valid: true,
      settings: [],
      problems: [],
    },
  });
  expect(run(['config', 'init', '--output', 'new/x.toml']).code).toBe(0);
  expect(run(['config', 'validate', '-c', 'new/x.toml', '--json'])).toMatchObject({ code: 0, document: { chosen_by: 'flag' } });
});

test('init takes over what applies of a file of codexSync, and lists the rest', () => {
  const codexsync = path.resolve(import.meta.dirname, '../fixtures/codexsync/config.toml');
  const { code, document } = run(['config', 'init', '--from', codexsync, '--json']);
  expect(code).toBe(0);
  expect(document).toMatchObject({
    from: codexsync,
    taken: expect.arrayContaining([{ from: 'identity.machine_id', key: 'exchange.name', value: 'desk' }]),
    not_taken: expect.arrayContaining([{ from: 'sync.compare', reason: expect.stringContaining('content') }]),
  });
  expect(run(['validate', '--json'])).toMatchObject({ code: 0, document: { valid: true, settings: expect.any(Array) } });
  expect(run(['config', 'init', '--from', 'nowhere.toml', '--output', 'y.toml', '--json'])).toMatchObject({ code: 4 });
  expect(fs.existsSync(path.join(here.root, 'y.toml'))).toBe(false);
});

test('the place of an exchange, and whether a backup is made first, may stand in the file', () => {
  const text = '[exchange]\nplace = "~/place"\npassphrase_file = "~/p"\nname = "desk"\n[backup]\nautomatic = false\n';
  const of = (place: string) => text.replace('~/place', place);
  expect(given(text, ['exchange', 'init'])).toMatchObject({
    place: path.join(os.homedir(), 'place'),
    name: 'desk',
    passphraseFile: path.join(os.homedir(), 'p'),
  });
  expect(given(of('rclone:r:x'), ['exchange', 'init']).place).toBe('rclone:r:x');
  expect(given(text, ['exchange', 'init', 'named']).place).toBe('named');
  expect(() => given(of('relative'), ['exchange', 'init'])).toThrow(
    '`exchange.place`: must be an absolute path, one that begins',
  );
  expect(given(text, ['exchange', 'sync'])).toEqual({ 'backup.automatic': false });
  const nowhere = run(['exchange', 'init', '--json']);
  expect([nowhere.code, nowhere.document.message]).toEqual([4, expect.stringContaining('PLACE is missing')]);
  fs.writeFileSync(file, of(path.join(here.root, 'place').replaceAll('\\', '/')).replace(/^passphrase.*$/m, ''));
  fs.mkdirSync(path.join(here.root, 'place'));
  expect(run(['exchange', 'init', '--json', '-c', file]).document).toMatchObject({ kind: 'exchange_init', label: 'desk' });
  const far = machine();
  addSession(here, conversation('own', '/home/far/project', ['first']));
  addSession(far, conversation('theirs', '/home/far/project', ['first']));
  const there = (...words: string[]) => run([...words, '--codex-home', far.codexHome]).code;
  expect(there('exchange', 'init', path.join(here.root, 'place'))).toBe(0);
  expect(there('exchange', 'push', '--execute')).toBe(0);
  expect(run(['exchange', 'sync', '--json']).document.backup).toMatchObject({ sessions: 1 });
  expect(run(['exchange', 'sync', '--json', '-c', file]).document.backup).toBeNull();
});

test('the times of exchange watch may stand in the file', () => {
  const text = '[watch]\ninterval_seconds = 60\nsettle_seconds = 0\n';
  expect(given(text, ['exchange', 'watch'])).toEqual({ interval: '60', settle: '0' });
  expect(given(text, ['exchange', 'watch', '--settle', '9'])).toMatchObject({ settle: '9' });
  expect(() => given(text.replace('60', '0'), ['doctor'])).toThrow('a whole number from 1 to 86400');
});

test('show says of every key what holds, and why', () => {
  const near = path.resolve('/b');
  fs.writeFileSync(file, `[sync]\non_divergence = "skip"\n[path_mappings]\n"/a" = '${near}'\n`);
  const { document, stdout } = run(['config', 'show', '-c', file, '--json']);
  expect(stdout).toContain('"kind":"configuration"');
  const values = document.values as { key: string; value: unknown; source: string }[];
  expect(values.map(({ key }) => key)).toEqual(CONFIG_KEYS.map(({ name }) => name));
  expect(values).toEqual(
    expect.arrayContaining([
      { key: 'codex_home', value: here.codexHome, source: 'environment' },
      { key: 'sync.on_divergence', value: 'skip', source: 'file' },
      { key: 'sync.on_collision', value: 'skip', source: 'default' },
      { key: 'logging.folder', value: null, source: 'default' },
    ]),
  );
  const shown = /path_mappings +(\[.*\]) +file/.exec(run(['config', 'show', '-c', file]).stdout);
  expect(shown?.[1]).toBe(`["/a" = ${JSON.stringify(near)}]`);
  fs.writeFileSync(file, 'x = 1');
  expect(run(['config', 'show', '-c', file, '--json'])).toMatchObject({ code: 4, document: { code: 'configuration_invalid' } });
});

test('a key of one command fills its flag there alone', () => {
  const text = '[backup]\nkeep_count = 3\nkeep_days = 90\ncompression = "none"\nfolder = "~/b"\n';
  expect(given(text, ['backup', 'prune'])).toEqual({ keep: '3', olderThan: '90d', backupDir: path.join(os.homedir(), 'b') });
  expect(given(text, ['prune-journal', '--keep', '1'])).toEqual({ keep: '1' });
  expect(given(text, ['backup', 'create'])).toMatchObject({ compression: 'none' });
});

test('a file that is named and not there, or broken, is wrong usage for every command', () => {
  const missing = { code: 4, document: { kind: 'error', code: 'configuration_invalid' } };
  expect(run(['doctor', '--json', '-c', 'nowhere.toml'])).toMatchObject(missing);
  expect(run(['doctor', '--json'], { CODEX_SYNC_CONFIG: path.join(here.root, 'nowhere.toml') })).toMatchObject(missing);
  fs.writeFileSync(file, '[sync\n');
  expect(run(['sync', 'p', '--json', '-c', file]).document.message).toMatch(/^line 1, column \d+: not TOML/);
  expect(run(['config', 'validate', '--json', '-c', file])).toMatchObject(missing);
  expect(run(['config', 'validate', '--json', '-c', file]).document.message).toMatch(/^line 1/);
});

test('a key without a flag is one that something reads', () => {
  const scripts = path.resolve(import.meta.dirname, '../../scripts/lib');
  const code = (fs.readdirSync(scripts, { recursive: true }) as string[])
    .filter((name) => name.endsWith('.ts') && !name.endsWith('config_keys.ts') && !name.endsWith('codexsync_keys.ts'))
    .map((name) => fs.readFileSync(path.join(scripts, name), 'utf8'))
    .join('\n');
  const unread = CONFIG_KEYS.filter(
    ({ flag, positional, name }) =>
      (flag ?? positional) === undefined && !new RegExp(`settingOf<[^>]*>\\(flags, '${name}'\\)`).test(code),
  );
  expect(unread).toEqual([]);
});
