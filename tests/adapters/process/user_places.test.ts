import { expect, test } from 'vitest';
import { userPlace } from '../../../scripts/lib/adapters/process/user_places.ts';

test.each([
  ['linux', {}, '/home/a', '/home/a/.config/codex-session-sync'],
  ['linux', { XDG_CONFIG_HOME: '/cfg' }, '/home/a', '/cfg/codex-session-sync'],
  ['linux', { XDG_CONFIG_HOME: 'cfg' }, '/home/a', '/home/a/.config/codex-session-sync'],
  ['linux', { XDG_CONFIG_HOME: '' }, '/home/a', '/home/a/.config/codex-session-sync'],
  ['freebsd', {}, '/home/a', '/home/a/.config/codex-session-sync'],
  ['darwin', { XDG_CONFIG_HOME: '/cfg' }, '/Users/a', '/Users/a/Library/Application Support/codex-session-sync'],
  ['win32', { APPDATA: 'D:\\Roaming' }, 'C:\\Users\\a', 'D:\\Roaming\\codex-session-sync'],
  ['win32', {}, 'C:\\Users\\a', 'C:\\Users\\a\\AppData\\Roaming\\codex-session-sync'],
])('configuration on %s with %j', (platform, environment, home, expected) => {
  expect(userPlace('configuration', environment, platform, home)).toBe(expected);
});

test.each([
  ['linux', {}, '/home/a', '/home/a/.local/share/codex-session-sync'],
  ['linux', { XDG_DATA_HOME: '/data', XDG_CONFIG_HOME: '/cfg' }, '/home/a', '/data/codex-session-sync'],
  ['linux', { XDG_DATA_HOME: 'data' }, '/home/a', '/home/a/.local/share/codex-session-sync'],
  ['darwin', { XDG_DATA_HOME: '/data' }, '/Users/a', '/Users/a/Library/Application Support/codex-session-sync'],
  ['win32', { LOCALAPPDATA: 'D:\\Local', APPDATA: 'D:\\Roaming' }, 'C:\\Users\\a', 'D:\\Local\\codex-session-sync'],
  ['win32', {}, 'C:\\Users\\a', 'C:\\Users\\a\\AppData\\Local\\codex-session-sync'],
])('data on %s with %j', (platform, environment, home, expected) => {
  expect(userPlace('data', environment, platform, home)).toBe(expected);
});
