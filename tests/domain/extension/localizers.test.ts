import { expect, test } from 'vitest';
import { homeIn } from '../../../scripts/lib/domain/extension/extension.ts';
import { homePrefixLocalizer } from '../../../scripts/lib/domain/extension/home_prefix_localizer.ts';
import { wslLocalizer } from '../../../scripts/lib/domain/extension/wsl_localizer.ts';
import { isSamePath } from '../../../scripts/lib/domain/paths/foreign_path.ts';

test.each([
  ['C:\\Users\\x', '/mnt/c/Users/x'],
  ['D:\\', '/mnt/d'],
  ['\\\\server\\share\\x', null],
  ['/c/x', null],
  ['x', null],
])('wsl: %s is %s in WSL', (path, here) =>
  expect(wslLocalizer.localize(path, { userHome: '/home/b', sourceHome: null })).toBe(here),
);

test.each([
  ['/mnt/c/Users/x', 'C:\\Users\\x'],
  ['/mnt/d', 'D:\\'],
  ['/mnt', null],
  ['/mnt/cd/x', null],
  ['/mnt/C/x', null],
  ['/opt/c/x', null],
  ['C:\\mnt\\c', null],
  ['x', null],
])('wsl: %s is %s on Windows', (path, here) =>
  expect(wslLocalizer.localize(path, { userHome: 'C:\\Users\\b', sourceHome: null })).toBe(here),
);

test.each([
  ['\\\\wsl$\\Ubuntu\\home\\al\\x', '/home/al/x'],
  ['\\\\wsl.localhost\\Ubuntu\\home\\al', '/home/al'],
  ['\\\\?\\UNC\\wsl.localhost\\Ubuntu\\srv', '/srv'],
  ['\\\\wsl$\\Ubuntu', '/'],
])('wsl: %s is %s in the distribution, and is found again from a home that tells which', (path, here) => {
  const context = { userHome: '/home/al', sourceHome: '\\\\wsl$\\Ubuntu\\home\\al' };
  expect(wslLocalizer.localize(path, context)).toBe(here);
  expect(isSamePath(String(wslLocalizer.invert(here, context)), path)).toBe(true);
});

test.each([
  ['/home/al/x', '\\\\wsl.localhost\\Ubuntu\\home\\al', '\\\\wsl.localhost\\Ubuntu\\home\\al\\x'],
  ['/mnt/c/x', '\\\\wsl.localhost\\Ubuntu\\home\\al', 'C:\\x'],
  ['/home/al/x', 'C:\\Users\\al', null],
])('wsl: %s is, for a user of Windows at home in %s, %s', (path, userHome, here) => {
  expect(wslLocalizer.localize(path, { userHome, sourceHome: null })).toBe(here);
  if (here !== null) expect(wslLocalizer.invert(here, { userHome, sourceHome: null })).toBe(path);
});

test.each([
  ['/Users/a/x', '/Users/a', '/home/b/x'],
  ['/Users/a', '/Users/a', '/home/b'],
  ['/Users/ab', '/Users/a', null],
  ['/Users/a/x', null, null],
  ['x', '/Users/a', null],
  ['/Users/a/x', 'a', null],
])('home-prefix: %s of %s is %s', (path, sourceHome, here) =>
  expect(homePrefixLocalizer.localize(path, { userHome: '/home/b', sourceHome })).toBe(here),
);

test('home-prefix has no way back to a home that nobody told', () =>
  expect(homePrefixLocalizer.invert('/home/b/x', { userHome: '/home/b', sourceHome: null })).toBeNull());

test.each([
  ['/home/al/x/y', '/home/al'],
  ['/Users/al', '/Users/al'],
  ['C:\\Users\\al\\x', 'C:\\Users\\al'],
  ['\\\\?\\C:\\Users\\al\\x', 'C:\\Users\\al'],
  ['c:/USERS/al/x', 'c:\\USERS\\al'],
  ['\\\\wsl$\\Ubuntu\\home\\al\\x', '\\\\wsl$\\Ubuntu\\home\\al'],
  ['\\\\wsl$\\Ubuntu\\srv\\al', null],
  ['/opt/home/al', null],
  ['/home', null],
])('the home in %s is %s', (path, home) => expect(homeIn(path)).toBe(home));
