import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { CONFIG_KEYS } from '../../../scripts/lib/domain/config/config_keys.ts';
import { buildConfigText } from '../../../scripts/lib/domain/config/config_text.ts';
import { readSettings } from '../../../scripts/lib/domain/config/read_settings.ts';
import type { Platform } from '../../../scripts/lib/domain/paths/local_path.ts';

const read = (text: string, platform: Platform = 'linux') => readSettings(parse(text), text, platform);
const settingsOf = (text: string, platform: Platform = 'linux') => Object.fromEntries(read(text, platform).settings);
const wrong = (text: string, platform: Platform = 'linux'): [line: number | null, message: string][] =>
  read(text, platform).problems.map(({ line, message }) => [line, message]);

test('every kind of key is read', () => {
  const text = `
codex_home = "/srv/codex"
[sync]
on_divergence = "skip"
include_pins = true
wait_seconds = 30
extensions = ["wsl", "~/mine.ts", "/opt/other.ts"]
target_codex = "0.171.0"
[path_mappings]
'C:\\Users\\ana' = "~/ana"
"/mnt/x" = "/x"
[provider_mappings]
azure = "openai"
`;
  expect(wrong(text)).toEqual([]);
  expect(settingsOf(text)).toEqual({
    codex_home: '/srv/codex',
    'sync.on_divergence': 'skip',
    'sync.include_pins': true,
    'sync.wait_seconds': 30,
    'sync.extensions': ['wsl', '~/mine.ts', '/opt/other.ts'],
    'sync.target_codex': '0.171.0',
    path_mappings: [
      { from: 'C:\\Users\\ana', to: '~/ana' },
      { from: '/mnt/x', to: '/x' },
    ],
    provider_mappings: [{ from: 'azure', to: 'openai' }],
  });
});

test.each([
  ['', 'an empty file'],
  ['[sync]\n[path_mappings]\n', 'empty sections'],
])('%j sets nothing: %s', (text) => {
  expect(read(text)).toEqual({ settings: new Map(), problems: [] });
});

describe('what is wrong is named, with its line and what it may be', () => {
  test.each<[string, number | null, string]>([
    ['codex_home = "x"', 1, '`codex_home`: must be an absolute path, or one that begins with `~/`, not `"x"`.'],
    ['\ncodex_home = 3', 2, '`codex_home`: must be an absolute path, or one that begins with `~/`, not `3`.'],
    ['codex_home = ""', 1, 'not `""`.'],
    [
      '[sync]\non_divergence = "merge"',
      2,
      '`sync.on_divergence`: must be "branch", "skip", "abort", "prefer-local", "prefer-incoming" or "prefer-newer", not `"merge"`.',
    ],
    ['[sync]\ninclude_pins = "yes"', 2, 'must be `true` or `false`, not `"yes"`.'],
    ['[sync]\nwait_seconds = -1', 2, 'must be a whole number from 0 to 86400, not `-1`.'],
    ['[sync]\nwait_seconds = 1.5', 2, 'a whole number'],
    ['[sync]\nextensions = "wsl"', 2, 'must be a list of "wsl", "home-prefix" and absolute paths, not `"wsl"`.'],
    ['[sync]\nextensions = ["./mine.ts"]', 2, 'must be an absolute path'],
    ['[sync]\ntarget_codex = "new"', 2, 'must be a Codex version such as "0.171.0", not `"new"`.'],
    ['[path_mappings]\n"x" = "/y"', 2, '`path_mappings`: `"x"` is no absolute path of any system.'],
    ['[path_mappings]\n"/x" = "y"', 2, '`path_mappings`: what `"/x"` is set to must be an absolute path'],
    ['[path_mappings]\n"/x" = 3', 2, '`"/x"` must be set to a text, not `3`'],
    ['[path_mappings]\n"/x=y" = "/z"', 2, 'has a `=`'],
    ['path_mappings = "/x=/y"', 1, 'must be a section of lines `"/from" = "/to"`, not'],
    ['[provider_mappings]\na = "b=c"', 2, 'has a `=`'],
    ['[sync]\non_divergance = "skip"', 2, '`sync.on_divergance` is unknown. Did you mean `sync.on_divergence`?'],
    ['on_divergence = "skip"', 1, '`on_divergence` is unknown. Did you mean `sync.on_divergence`?'],
    ['[snyc]\nx = 1', 1, '`snyc` is unknown. Did you mean `sync`?'],
    ['[snyc]', 1, '`snyc` is unknown.'],
    ['[sync.more]\nx = 1', 1, '`sync.more` is unknown.'],
    ['sync = 3', 1, '`sync` is a section: write `[sync]`.'],
    ['sync.frobnicate = 3', 1, '`sync.frobnicate` is unknown.'],
    ['execute = true', 1, '`execute` is unknown.'],
    ['[sync]\nkeep_permissions = true', 2, '`sync.keep_permissions` is unknown.'],
  ])('%j', (text, line, message) => {
    const problems = wrong(text);
    expect(problems).toEqual([[line, expect.stringContaining(message)]]);
  });

  test('all at once', () => {
    const text = 'a = 1\n[sync]\non_collision = "x"\nb = 2\n[path_mappings]\n"x" = 3\n"/y" = "z"\n';
    expect(wrong(text).map(([line]) => line)).toEqual([1, 3, 4, 6, 7]);
  });

  test('without all of a long value', () => {
    expect(wrong(`codex_home = "${'x'.repeat(500)}"`)[0]?.[1].length).toBeLessThan(200);
  });

  test('a path as this system spells it', () => {
    expect(wrong(`codex_home = 'C:\\x'`)).toHaveLength(1);
    expect(wrong(`codex_home = 'C:\\x'`, 'win32')).toEqual([]);
    expect(wrong('codex_home = "/x"', 'win32')).toHaveLength(1);
    expect(wrong(`codex_home = 'C:\\nul'`, 'win32')[0]?.[1]).toContain('is the name of a device');
  });
});

describe('the file that is written', () => {
  const uncommented = (text: string): string => text.replace(/^# (?=[a-z_]+ = |"[^"]*" = )/gm, '');

  test('sets nothing', () => {
    expect(read(buildConfigText(new Map()))).toEqual({ settings: new Map(), problems: [] });
  });

  test('has every key, which is valid when its # is taken away', () => {
    const text = uncommented(buildConfigText(new Map()));
    // Its two examples are paths of any system.
    expect(wrong(text)).toEqual([]);
    expect([...read(text).settings.keys()].sort()).toEqual(CONFIG_KEYS.map(({ name }) => name).sort());
    for (const key of CONFIG_KEYS) expect(read(text).settings.get(key.name)).toEqual(key.default ?? key.example);
  });

  test('keeps what it is given, whatever it is spelled with', () => {
    const odd = 'a"b\\c\td\u007f é 漢';
    const settings = new Map<string, never>(
      Object.entries({
        codex_home: `/x/${odd}`,
        'sync.on_divergence': 'skip',
        'sync.wait_seconds': 7,
        'sync.include_pins': true,
        'sync.extensions': ['wsl', `/x/${odd}`],
        path_mappings: [{ from: `/${odd}`, to: `/y/${odd}` }],
      }) as [string, never][],
    );
    const text = buildConfigText(settings, ['a note']);
    expect(read(text)).toEqual({ settings, problems: [] });
    expect(text).toContain('\n# a note\n');
  });
});
