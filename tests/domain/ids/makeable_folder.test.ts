import { expect, test } from 'vitest';
import { isMakeable } from '../../../scripts/lib/domain/ids/makeable_folder.ts';

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
])('%j can be made: %s', (folder, expected) => expect(isMakeable(folder)).toBe(expected));
