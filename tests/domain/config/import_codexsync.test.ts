import fs from 'node:fs';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { CODEXSYNC_KEYS } from '../../../scripts/lib/domain/config/codexsync_keys.ts';
import { buildConfigText } from '../../../scripts/lib/domain/config/config_text.ts';
import { importCodexsync } from '../../../scripts/lib/domain/config/import_codexsync.ts';
import { readSettings } from '../../../scripts/lib/domain/config/read_settings.ts';
import type { Platform } from '../../../scripts/lib/domain/paths/local_path.ts';

const FILE = fs.readFileSync(new URL('../../fixtures/codexsync/config.toml', import.meta.url), 'utf8');
const imported = (text: string, platform: Platform = 'linux', folder = '/etc/codexsync') =>
  importCodexsync(parse(text), folder, platform);

const keysOf = (text: string): string[] =>
  Object.entries(parse(text)).flatMap(([section, value]) =>
    Array.isArray(value)
      ? value.map((one) => `${section}.${String((one as { rule_id: string }).rule_id)}`)
      : Object.keys(value as object).map((key) => `${section}.${key}`),
  );

test('every key of codexSync is taken over, or listed with the reason', () => {
  const { taken, notTaken } = imported(FILE);
  expect([...taken, ...notTaken].map(({ from }) => from).sort()).toEqual(keysOf(FILE).sort());
  expect(keysOf(FILE).length).toBeGreaterThan(85);
  for (const { from, reason } of notTaken) expect([from, reason.length > 15]).toEqual([from, true]);
  expect(notTaken.filter(({ reason }) => reason.includes('is no key of codexSync'))).toEqual([]);
  const sections = new Set(keysOf(FILE).map((key) => key.split('.')[0]));
  for (const rule of Object.keys(CODEXSYNC_KEYS)) expect(sections).toContain(rule.split('.')[0]);
});

test('what applies is set, and the file that is written is valid', () => {
  const { settings, taken } = imported(FILE);
  expect(Object.fromEntries(settings)).toMatchObject({
    codex_home: '/home/ana/.codex',
    'sync.on_divergence': 'abort',
    'exchange.name': 'desk',
    'exchange.place': '/mnt/cloud/codexSync/sync/codex-session-exchange',
    'backup.automatic': true,
    'logging.folder': '/mnt/cloud/codexSync/logs',
    'logging.format': 'logfmt',
    'logging.level': 'info',
    'logging.keep_days': 7,
    'logging.max_size_mb': 10,
    'logging.old': 'zip',
    'backup.folder': '/mnt/cloud/codexSync/backups',
    'backup.compression': 'zip',
    'backup.keep_count': 5,
    'backup.keep_days': 30,
    path_mappings: [{ from: 'C:/Work', to: '/home/ana/work' }],
  });
  expect(new Set(taken.map(({ key }) => key))).toEqual(new Set(settings.keys()));
  const text = buildConfigText(settings);
  expect(readSettings(parse(text), text, 'linux')).toEqual({ settings, problems: [] });
});

describe('a value that does not apply is not taken', () => {
  test.each([
    ['[paths]\nlocal_state_dir = "C:/Users/ana/.codex"', 'paths.local_state_dir', 'must be an absolute path'],
    ['[paths]\nbackup_dir = ""', 'paths.backup_dir', 'it is empty'],
    ['[paths]\nbackup_dir = 3', 'paths.backup_dir', 'it is empty'],
    ['[conflict]\npolicy = "merge"', 'conflict.policy', 'codexSync has no such policy'],
    ['[conflict]\npolicy = "toString"', 'conflict.policy', 'codexSync has no such policy'],
    ['[backup]\nmax_backups = 0', 'backup.max_backups', 'no limit'],
    ['[backup]\nmax_backups = "many"', 'backup.max_backups', 'must be a whole number'],
    ['[identity]\nmachine_id = ""', 'identity.machine_id', 'must be a text'],
    ['[sync]\nnew_key = 1', 'sync.new_key', 'it is no key of codexSync'],
    ['[constructor]\nx = 1', 'constructor.x', 'it is no key of codexSync'],
    ['top = 1', 'top', 'it is no key of codexSync'],
    ['toString = 1', 'toString', 'it is no key of codexSync'],
    ['[[path_mappings]]\nfrom = "x"\nto = "/y"', 'path_mappings.1', 'is no absolute path'],
    ['[[path_mappings]]\nfrom = "/x"', 'path_mappings.1', 'must be set to a text'],
  ])('%j', (text, from, reason) => {
    expect(imported(text)).toMatchObject({ settings: new Map(), notTaken: [{ from, reason: expect.stringContaining(reason) }] });
  });
});

test.each([
  ['prefer_local', 'prefer-local'],
  ['prefer_cloud', 'prefer-incoming'],
  ['prefer_newer_mtime', 'prefer-newer'],
  ['manual_abort', 'abort'],
  ['keep_both', 'branch'],
])('the policy %s is %s here', (policy, expected) => {
  expect(imported(`[conflict]\npolicy = "${policy}"`).settings.get('sync.on_divergence')).toBe(expected);
});

test.each<[string, Platform, string, string]>([
  ['backup_dir = "b"', 'linux', '/etc/x', '/etc/x/b'],
  ['workspace_root_dir = "/w/"\nbackup_dir = "b"', 'linux', '/etc/x', '/w/b'],
  [`workspace_root_dir = "w"\nbackup_dir = "\${workspace_root}/b"`, 'linux', '/etc/x', '/etc/x/w/b'],
  ['backup_dir = "~/b"', 'linux', '/etc/x', '~/b'],
  [`workspace_root_dir = "D:/Drive"\nbackup_dir = "\${workspace_root}/b"`, 'win32', 'C:\\x', 'D:/Drive/b'],
])('%j on %s is spelled out', (paths, platform, folder, expected) => {
  expect(imported(`[paths]\n${paths}`, platform, folder).settings.get('backup.folder')).toBe(expected);
});
