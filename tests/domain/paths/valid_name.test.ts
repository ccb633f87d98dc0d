import { expect, test } from 'vitest';
import { isMakeable, isTooLongToWorkIn, problemWithWindowsPath } from '../../../scripts/lib/domain/paths/valid_name.ts';

test.each([
  ['/home/al/x', true],
  ['/home/al/con', true],
  ['/home/../x', false],
  ['/home/./x', false],
  [`/${'a'.repeat(255)}`, true],
  [`/${'a'.repeat(256)}`, false],
  [`/${'é'.repeat(128)}`, false],
  [`/${'a'.repeat(250)}`.repeat(4), false],
  ['/a\0b', false],
  ['x', false],
  ['C:\\Users\\al', true],
  ['C:\\Users\\con', false],
  ['C:\\Users\\com1.txt', false],
  ['C:\\Users\\company', true],
  ['C:\\Users\\..', false],
  ['C:\\Users\\al.', false],
  ['C:\\Users\\al ', false],
  ['C:\\Users\\a?b', false],
  ['C:\\Users\\al:hidden', false],
  ['C:\\Users\\nul .txt', false],
  ['C:\\Users\\COM\u00b9', false],
  ['C:\\Users\\conin$', false],
  ['C:\\Users\\com', true],
])('%j can be made: %s', (folder, expected) => expect(isMakeable(folder)).toBe(expected));

test.each([
  ['C:\\Users\\al\\.codex', null],
  ['C:/Users/al/.codex/', null],
  ['\\\\?\\C:\\Users\\al', null],
  ['\\\\server\\share\\x', null],
  ['D:', null],
  ['..\\packages\\.', null],
  ['C:packages', '`C:packages` is relative to a folder of drive C: write the whole path.'],
  ['C:\\out\\NUL', '`NUL` is the name of a device.'],
  ['out\\con.txt', '`con.txt` is the name of a device.'],
  ['C:\\out. \\x', '`out. ` ends in a dot or a blank, which Windows drops.'],
  ['C:\\out\\x:y', '`x:y` has a colon, which names a stream of a file.'],
  ['C:\\out\\x|y', '`x|y` has a character that Windows does not allow.'],
  [
    'C:\\my packages\\plant" --execute',
    '`plant" --execute` has a quotation mark: in quotes, a backslash at the end of a folder takes the closing one for part of its name.',
  ],
])('on Windows %s: %s', (path, problem) => expect(problemWithWindowsPath(path)).toBe(problem));

test.each([
  [`C:\\${'a'.repeat(255)}`, false],
  [`C:\\${'a'.repeat(200)}\\${'a'.repeat(55)}`, true],
  [`/${'a'.repeat(200)}/${'a'.repeat(200)}`, false],
])('%s is too long to work in: %s', (folder, expected) => expect(isTooLongToWorkIn(folder)).toBe(expected));
