import { describe, expect, test } from 'vitest';
import {
  componentsBelow,
  fileUriFromPath,
  isSamePath,
  joinComponents,
  parsePath,
  pathFromFileUri,
  readableHere,
  withoutVerbatimPrefix,
} from '../../../scripts/lib/domain/paths/foreign_path.ts';

describe('an absolute path', () => {
  test.each([
    ['C:\\Users\\jian\\x', 'windows', 'C:', ['Users', 'jian', 'x']],
    ['C:/Users/jian/x', 'windows', 'C:', ['Users', 'jian', 'x']],
    ['C:\\Users/jian\\\\x\\', 'windows', 'C:', ['Users', 'jian', 'x']],
    ['d:\\', 'windows', 'd:', []],
    ['d:', 'windows', 'd:', []],
    ['\\\\?\\C:\\Users\\x', 'windows', 'C:', ['Users', 'x']],
    ['\\\\server\\share\\a\\b', 'windows', '\\\\server\\share', ['a', 'b']],
    ['\\\\server\\share', 'windows', '\\\\server\\share', []],
    ['\\\\?\\UNC\\server\\share\\a', 'windows', '\\\\server\\share', ['a']],
    ['\\\\?\\unc\\server\\share\\a', 'windows', '\\\\server\\share', ['a']],
    ['\\\\wsl$\\Ubuntu\\home\\al', 'windows', '\\\\wsl$\\Ubuntu', ['home', 'al']],
    ['/home/al/x', 'posix', '', ['home', 'al', 'x']],
    ['//home///al/', 'posix', '', ['home', 'al']],
    ['/', 'posix', '', []],
    ['/mnt/c:/x\\y', 'posix', '', ['mnt', 'c:', 'x\\y']],
    ['/mnt/\\\\a\\b', 'posix', '', ['mnt', '\\\\a\\b']],
  ])('%s is read', (text, style, root, components) => expect(parsePath(text)).toEqual({ style, root, components }));

  test.each(['', 'x', 'x/y', '.\\x', '~/x', 'C:x', 'file:///x', '\\x', '\\\\server', 'https://x/y'])('%s is none', (text) =>
    expect(parsePath(text)).toBeNull(),
  );
});

test.each([
  ['/home/al/x', '/home/al', ['x']],
  ['/home/al', '/home/al/', []],
  ['/home/alice/x', '/home/al', null],
  ['/home/al', '/home/al/x', null],
  ['/Home/al/x', '/home/al', null],
  ['C:\\Users\\Al\\X', 'c:/users/AL', ['X']],
  ['C:\\Users\\Alice', 'C:\\Users\\Al', null],
  ['D:\\Users\\al', 'C:\\Users\\al', null],
  ['\\\\SERVER\\Share\\a', '\\\\server\\share', ['a']],
  ['\\\\server\\share2\\a', '\\\\server\\share', null],
  ['\\\\?\\C:\\a\\b', 'C:\\a', ['b']],
  ['C:\\a', 'C:\\a\\b', null],
  ['C:\\a', '/', null],
  ['/a/b', '/', ['a', 'b']],
])('%s below %s: whole components only', (path, ancestor, below) => {
  expect(componentsBelow(parsePath(path)!, parsePath(ancestor)!)).toEqual(below);
});

test.each([
  ['C:\\a', '\\\\?\\c:\\A\\', true],
  ['\\\\wsl$\\Ubuntu\\home', '\\\\WSL.localhost\\ubuntu\\home', true],
  ['/a', '/a/', true],
  ['/a', '/A', false],
  ['/Z\u00fcrich', '/Zu\u0308rich', true],
  ['/a', '/a/b', false],
  ['C:\\a', '/a', false],
  ['a', 'a', true],
  ['a', 'A', false],
])('%s is %s: %s', (one, other, expected) => {
  expect(isSamePath(one, other)).toBe(expected);
  expect(isSamePath(other, one)).toBe(expected);
});

test.each([
  ['/home/jw', ['a', 'b'], '/home/jw/a/b'],
  ['/home/jw/', ['a'], '/home/jw/a'],
  ['/', ['a'], '/a'],
  ['/home/jw', [], '/home/jw'],
  ['C:\\Users\\jw', ['a', 'b'], 'C:\\Users\\jw\\a\\b'],
  ['C:\\', ['a'], 'C:\\a'],
  ['C:/Users/jw', ['a'], 'C:\\Users\\jw\\a'],
  ['\\\\server\\share', ['a'], '\\\\server\\share\\a'],
])('%s joined with %j', (base, components, expected) => expect(joinComponents(base, components)).toBe(expected));

test.each([
  ['\\\\?\\C:\\x', 'C:\\x'],
  ['\\\\?\\UNC\\server\\share', '\\\\server\\share'],
  ['C:\\x', 'C:\\x'],
  ['\\\\.\\C:\\x', 'C:\\x'],
  ['\\\\?\\Volume{1-2}\\x', '\\\\?\\Volume{1-2}\\x'],
  ['/x', '/x'],
])('%s is plainly %s', (path, plain) => expect(withoutVerbatimPrefix(path)).toBe(plain));

describe('a file URI', () => {
  const both: [string, string][] = [
    ['file:///home/al/x', '/home/al/x'],
    ['file:///home/al/a%20b', '/home/al/a b'],
    ['file:///home/al/100%25', '/home/al/100%'],
    ['file:///home/al/%C3%A9', '/home/al/é'],
    ['file:///home/al/a%23b%3Fc', '/home/al/a#b?c'],
    ['file:///C:/Users/jian/x', 'C:\\Users\\jian\\x'],
    ['file:///C:/Users/jian%20x/y', 'C:\\Users\\jian x\\y'],
    ['file://server/share/x', '\\\\server\\share\\x'],
    ['file:///home/al/node_modules/@types/a+b,c=d;e&f', '/home/al/node_modules/@types/a+b,c=d;e&f'],
    ["file:///home/al/(x)!'*~", "/home/al/(x)!'*~"],
  ];
  test.each(both)('%s names %s, and is spelled like that again', (uri, path) => {
    expect(pathFromFileUri(uri)).toBe(path);
    expect(fileUriFromPath(path)).toBe(uri);
  });

  test.each([
    ['file://C:\\Users\\x', 'C:\\Users\\x', 'file:///C:/Users/x'],
    ['file://c:/Users/a%20b', 'c:\\Users\\a b', 'file:///c:/Users/a%20b'],
  ])('%s lacks a slash, and gets it', (uri, path, right) => {
    expect(pathFromFileUri(uri)).toBe(path);
    expect(fileUriFromPath(path)).toBe(right);
  });

  test.each([
    ['\\\\?\\C:\\x', 'file:///C:/x'],
    ['\\\\?\\UNC\\server\\share\\x', 'file://server/share/x'],
    ['/home/al/a\\b', 'file:///home/al/a%5Cb'],
  ])('of %s is %s', (path, uri) => expect(fileUriFromPath(path)).toBe(uri));

  test('with an escaped drive colon is read', () => expect(pathFromFileUri('file:///c%3A/x')).toBe('c:\\x'));

  test.each(['/home/al', 'C:\\x', 'https://x/y', 'file:', 'file://', 'file:///%zz'])('%s is none', (text) =>
    expect(pathFromFileUri(text)).toBeNull(),
  );
});

test.each([
  ['/a/b', '/home/me', '/a/b'],
  ['/a/../b/./c//d/', '/home/me', '/b/c/d'],
  ['/..', '/home/me', '/'],
  ['C:\\x\\..\\y', 'C:\\Users\\me', 'C:\\y'],
  ['C:\\', 'D:\\Users', 'C:\\'],
  ['\\\\server\\share\\x', 'C:\\Users', '\\\\server\\share\\x'],
  ['C:\\x', '/home/me', '/no-folder-here_C_x'],
  ['/a/b', 'C:\\Users', 'C:\\no-folder-here__a_b'],
  ['etc/x', '/home/me', '/no-folder-here_etc_x'],
  ['', '/home/me', '/no-folder-here_'],
])('%s is read by a Codex with %s as %s', (path, here, expected) => expect(readableHere(path, here)).toBe(expected));
