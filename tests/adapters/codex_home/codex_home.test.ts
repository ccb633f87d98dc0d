import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type CodexHome, databaseFile, openCodexHome } from '../../../scripts/lib/adapters/codex_home/codex_home.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

function open(config: string | null, environment: NodeJS.ProcessEnv = {}): CodexHome {
  const home = temporaryFolder();
  if (config !== null) fs.writeFileSync(path.join(home, 'config.toml'), config);
  return openCodexHome(home, environment, { mayBeNew: true });
}

describe('the databases are looked for where Codex looks', () => {
  test.each<[string, string | null, NodeJS.ProcessEnv, string, CodexHome['databasesChosenBy']]>([
    ['in the home', null, {}, '.', 'home'],
    ['in the home, whatever else is configured', 'model = "x"', {}, '.', 'home'],
    ['where the configuration says', 'sqlite_home = "/srv/db"', {}, '/srv/db', 'config sqlite_home'],
    ['where the configuration says, from the home on', 'sqlite_home = "db"', {}, 'db', 'config sqlite_home'],
    ['where the environment says', null, { CODEX_SQLITE_HOME: '/srv/env' }, '/srv/env', 'CODEX_SQLITE_HOME'],
    [
      'where the configuration says before the environment',
      'sqlite_home = "/srv/db"',
      { CODEX_SQLITE_HOME: '/srv/env' },
      '/srv/db',
      'config sqlite_home',
    ],
    ['in the home where the environment is empty', null, { CODEX_SQLITE_HOME: '' }, '.', 'home'],
    [
      'where the environment says if the configuration is broken',
      'sqlite_home = ',
      { CODEX_SQLITE_HOME: '/srv/env' },
      '/srv/env',
      'CODEX_SQLITE_HOME',
    ],
    ['in the home where the setting is no text', 'sqlite_home = 7', {}, '.', 'home'],
    ['in the home where the setting is in a profile', '[profiles.x]\nsqlite_home = "/srv/db"', {}, '.', 'home'],
  ])('%s', (_where, config, environment, folder, chosenBy) => {
    const home = open(config, environment);
    expect([home.databases, home.databasesChosenBy]).toEqual([path.resolve(home.path, folder), chosenBy]);
    expect(databaseFile(home, 'state')).toBe(path.join(home.databases, 'state_5.sqlite'));
    expect(databaseFile(home, 'history')).toBe(path.join(home.databases, 'thread_history_1.sqlite'));
    expect(databaseFile(home, 'goals')).toBe(path.join(home.databases, 'goals_1.sqlite'));
    expect(databaseFile(home, 'sidecar')).toBe(path.join(home.path, 'sync-sidecar', 'sidecar.sqlite'));
  });
});

describe('model providers', () => {
  test('are those that Codex brings along and those that are configured', () => {
    const home = open('model_provider = "mock"\n[model_providers.mock]\nname = "m"\n[model_providers."a b"]\nname = "n"\n');
    expect([...(home.providers ?? [])].sort()).toEqual([
      'a b',
      'amazon-bedrock',
      'lmstudio',
      'mock',
      'ollama',
      'ollama-chat',
      'openai',
    ]);
    expect(home.defaultProvider).toBe('mock');
  });

  test('are the built-in ones without a configuration', () => {
    const home = open(null);
    expect(home.providers?.has('openai')).toBe(true);
    expect(home.providers?.has('mock')).toBe(false);
    expect([home.defaultProvider, home.warnings]).toEqual(['openai', []]);
  });

  test.each(['model_provider = ', '[model_providers', 'a = 1\na = 2', '\0'])(
    'are unknown under a broken configuration, which is one warning: %j',
    (config) => {
      const home = open(config);
      expect(home.providers).toBeNull();
      expect(home.defaultProvider).toBe('openai');
      expect(home.warnings).toEqual([
        expect.stringMatching(/^config\.toml cannot be read \([^\n]+\); model providers are not checked$/),
      ]);
    },
  );

  test('that are no table are none', () => expect(open('model_providers = 7').providers?.has('openai')).toBe(true));
});

test.each([
  ['is not there', (folder: string) => path.join(folder, 'absent')],
  [
    'is a file',
    (folder: string) => {
      fs.writeFileSync(path.join(folder, 'file'), '');
      return path.join(folder, 'file');
    },
  ],
])('a home that %s is refused', (_how, homeOf) => {
  const home = homeOf(temporaryFolder());
  expect(() => openCodexHome(home, {})).toThrow(expect.objectContaining({ code: 'codex_home_missing', where: home }));
});

test('opening a home leaves nothing in it', () => {
  expect(fs.readdirSync(open(null).path)).toEqual([]);
});

describe('a folder is a Codex home by what a Codex makes in it', () => {
  const made = (...names: string[]): string => {
    const home = temporaryFolder();
    for (const name of names) {
      if (name.endsWith('/')) fs.mkdirSync(path.join(home, name));
      else fs.writeFileSync(path.join(home, name), '');
    }
    return home;
  };

  test.each([
    ['0.117 after its first start', ['.personality_migration', 'memories/', 'skills/']],
    ['0.145 to 0.171 after their first start', ['.tmp/', 'installation_id', 'skills/', 'state_5.sqlite']],
    ['its databases are elsewhere', ['installation_id']],
    ['it is only configured', ['config.toml']],
    ['it is only logged in', ['auth.json']],
    ['only sessions were copied into it', ['sessions/']],
    ['only archived ones', ['archived_sessions/']],
    ['this tool has written into a new one', ['sync-journal/']],
  ])('%s', (_what, names) => {
    expect(openCodexHome(made(...names), {}).path).toBeTruthy();
  });

  test.each([
    ['an empty folder', []],
    ['a project', ['README.md', 'package.json', 'src/', 'skills/']],
    ['names that are no such files', ['config.toml/', 'state_5.sqlite/']],
  ])('%s is refused, and taken where it is said to be new', (_what, names) => {
    const home = made(...names);
    expect(() => openCodexHome(home, {})).toThrow(expect.objectContaining({ code: 'not_a_codex_home', where: home }));
    expect(openCodexHome(home, {}, { mayBeNew: true }).path).toBe(home);
  });

  test.skipIf(process.platform === 'win32').each(['/', '/dev', '/proc/self'])('%s is refused', (place) => {
    expect(() => openCodexHome(place, {})).toThrow(expect.objectContaining({ code: 'not_a_codex_home' }));
  });

  test('a link to a home is one', () => {
    const link = path.join(temporaryFolder(), 'link');
    fs.symlinkSync(made('config.toml'), link);
    expect(openCodexHome(link, {}).path).toBe(link);
  });
});
