import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  digestFile,
  isBegunCopy,
  readChunks,
  readFileState,
  readStart,
} from '../../../scripts/lib/adapters/disk/file_reading.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const CHUNK = 1 << 20;
const digestOf = (content: string | Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const fileWith = (content: string | Buffer): string => {
  const file = path.join(temporaryFolder(), 'file');
  fs.writeFileSync(file, content);
  return file;
};

test('a digest of a part is that of those bytes', () => {
  const content = Buffer.from(`${'a'.repeat(CHUNK)}bcd`);
  const file = fileWith(content);
  expect(digestFile(file)).toBe(digestOf(content));
  expect(digestFile(file, CHUNK - 1, CHUNK + 2)).toBe(digestOf(content.subarray(CHUNK - 1, CHUNK + 2)));
  expect(digestFile(file, CHUNK, 9 * CHUNK)).toBe(digestOf('bcd'));
  expect(digestFile(file, 5, 5)).toBe(digestOf(''));
});

test('chunks give every byte once, also when the taker throws', () => {
  const file = fileWith('x'.repeat(2 * CHUNK + 1));
  const sizes: number[] = [];
  readChunks(file, 0, Number.POSITIVE_INFINITY, (chunk) => sizes.push(chunk.length));
  expect(sizes).toEqual([CHUNK, CHUNK, 1]);
  const open = (): number => fs.readdirSync('/proc/self/fd').length;
  const before = open();
  const stop = (): never => {
    throw new Error('stop');
  };
  expect(() => readChunks(file, 0, 9, stop)).toThrow('stop');
  expect(open()).toBe(before);
});

test('a file begins with its first bytes, as far as there are any', () => {
  const file = fileWith('abc');
  expect([0, 2, 9].map((length) => readStart(file, length).toString())).toEqual(['', 'ab', 'abc']);
});

test('the state of a file is its size, its time and its digest; what is not there has none', () => {
  const file = fileWith('abc');
  fs.utimesSync(file, 1000, 1000);
  expect(readFileState(file)).toEqual({ size: 3, mtime: 1_000_000, digest: digestOf('abc') });
  expect(readFileState(`${file}.not`)).toBeNull();
});

describe('what a power cut left of a copy', () => {
  const place = (name: string, bytes: string): string => {
    const file = path.join(temporaryFolder(), name);
    fs.writeFileSync(file, bytes);
    return file;
  };

  test.each([
    ['old|', true],
    ['old|{"a', true],
    ['old|{"a":1}\n', true],
    ['old|\0\0\0\0', true],
    ['old|{"\0\0\0\0}\n', true],
    ['old|{"b', false],
    ['old|\0\0\0{"b":2}\n', false],
    ['old|{"a":1}\n\0', false],
    ['old|{"a":1}\n{"b":2}\n', false],
  ])('is %j a begun one: %s', (bytes, expected) => {
    const file = place('rollout', bytes);
    expect(isBegunCopy(file, 4, bytes.length, place('staged', '{"a":1}\n'))).toBe(expected);
  });

  test('is told over many chunks', () => {
    const source = Buffer.alloc(3_000_000, 'abcdefg\n');
    const [staged, whole, torn, other] = [source, source, Buffer.from(source), Buffer.from(source)];
    torn.fill(0, 1_500_000, 2_500_000);
    other[2_999_999] = 0x78;
    const files = [whole, torn, other].map((bytes, at) => place(`copy-${at}`, bytes.toString('latin1')));
    const from = place('staged', staged.toString('latin1'));
    expect(files.map((file) => isBegunCopy(file, 0, source.length, from))).toEqual([true, true, false]);
  });
});
