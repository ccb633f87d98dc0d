import { describe, expect, test } from 'vitest';
import {
  asPlatform,
  isAbsoluteOn,
  isBelow,
  mayBeSame,
  type NameRules,
  RULES_OF,
  samePath,
  verbatim,
} from '../../../scripts/lib/domain/paths/local_path.ts';

const { win32, darwin, linux } = RULES_OF;
const folding = (rules: NameRules): NameRules => ({ ...rules, foldsCase: true });
const COMPOSED = '/Users/pat/Z\u00fcrich';
const DECOMPOSED = '/Users/pat/Zu\u0308rich';

describe('two paths are the same', () => {
  test.each<[string, string, NameRules, boolean]>([
    // What Codex for Windows writes before and after it opened a session, and what a user types.
    ['C:\\Users\\pat\\.codex', '\\\\?\\C:\\Users\\pat\\.codex', win32, true],
    ['c:\\users\\PAT\\.codex', '\\\\?\\C:\\Users\\pat\\.codex', win32, true],
    ['C:/Users/pat/.codex/', 'C:\\Users\\pat\\.codex', win32, true],
    ['\\\\server\\share\\x', '\\\\?\\UNC\\SERVER\\Share\\x', win32, true],
    ['\\\\wsl$\\Ubuntu\\home\\al', '\\\\wsl.localhost\\Ubuntu\\home\\al', win32, true],
    ['C:\\a\\.\\b\\..\\c', 'C:\\a\\c', win32, true],
    ['C:\\Users\\\u00c4rzte', 'c:\\users\\\u00e4rzte', win32, true],
    ['C:\\a', 'D:\\a', win32, false],
    ['C:\\a', 'C:\\ab', win32, false],
    ['C:a', 'C:\\a', win32, false],
    ['\\\\?\\Volume{1}\\a', 'C:\\a', win32, false],
    ['C:\\Z\u00fcrich', 'C:\\Zu\u0308rich', win32, false],
    ['/x', 'C:\\x', win32, false],
    ['', '', win32, true],

    [COMPOSED, DECOMPOSED, darwin, true],
    ['/Users/PAT', '/Users/pat', darwin, false],
    ['/Users/PAT', '/Users/pat', folding(darwin), true],
    [COMPOSED.toUpperCase(), DECOMPOSED, folding(darwin), true],
    ['/var/x', '/private/var/x', darwin, false],

    ['/home/al', '/home/al/', linux, true],
    ['/home//al', '/home/al', linux, true],
    ['/home/al/../al', '/home/al', linux, false],
    ['/home/AL', '/home/al', linux, false],
    [COMPOSED, DECOMPOSED, linux, false],
    ['C:\\x', 'c:\\x', linux, false],
    ['/mnt/c/Users', '/mnt/c/USERS', folding(linux), true],
  ])('%s, %s on %o: %s', (one, other, rules, expected) => {
    expect(samePath(one, other, rules)).toBe(expected);
    expect(samePath(other, one, rules)).toBe(expected);
  });
});

test.each<[string, string, NameRules, boolean]>([
  ['\\\\?\\C:\\Users\\pat\\.codex\\sessions\\x', 'c:\\users\\PAT\\.codex', win32, true],
  ['C:\\Users\\pat\\.codex2\\x', 'C:\\Users\\pat\\.codex', win32, false],
  ['C:\\Users\\pat\\.codex', 'C:\\Users\\pat\\.codex', win32, false],
  ['C:\\Users\\pat\\.codex\\..\\x', 'C:\\Users\\pat\\.codex', win32, false],
  ['C:\\x', 'C:\\', win32, true],
  [`${DECOMPOSED}/x`, COMPOSED, darwin, true],
  ['/home/al/x', '/home/al', linux, true],
  ['/home/alice', '/home/al', linux, false],
  ['/home/al', '/', linux, true],
])('%s below %s on %o: %s', (place, folder, rules, expected) => expect(isBelow(place, folder, rules)).toBe(expected));

test.each([
  [COMPOSED.toUpperCase(), DECOMPOSED, true],
  ['/a/b', '/a/c', false],
])('a disk may take %s for %s: %s', (one, other, expected) => expect(mayBeSame(one, other, 'linux')).toBe(expected));

test.each([
  ['win32', 'C:\\x', true],
  ['win32', '\\\\server\\share', true],
  ['win32', 'C:x', false],
  ['win32', '\\x', false],
  ['win32', '/x', false],
  ['linux', '/x', true],
  ['linux', 'C:\\x', false],
  ['darwin', '/x', true],
] as const)('on %s %s is absolute: %s', (platform, path, expected) => expect(isAbsoluteOn(platform, path)).toBe(expected));

test('other systems are like Linux', () =>
  expect(['win32', 'darwin', 'freebsd'].map(asPlatform)).toEqual(['win32', 'darwin', 'linux']));

test.each([
  ['C:\\x', '\\\\?\\C:\\x'],
  ['\\\\server\\share\\x', '\\\\?\\UNC\\server\\share\\x'],
])('Codex looks %s up and spells it %s', (path, expected) => expect(verbatim(path)).toBe(expected));
