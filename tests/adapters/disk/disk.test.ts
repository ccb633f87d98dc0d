import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestFile, isBegunCopy, readChunks, statFile } from '../../../scripts/lib/adapters/disk/file_reading.ts';
import { appendFrom, copyTail, FileWriter, replaceFile, truncateFile } from '../../../scripts/lib/adapters/disk/file_writing.ts';
import { makeFolder, missingFolders, moveFile, removeEmptyFolder } from '../../../scripts/lib/adapters/disk/folders.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const CHUNK = 1 << 20;
const MTIME = 1795255689724.25;
const digestOf = (content: string | Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const fileWith = (content: string | Buffer): string => {
  const file = path.join(temporaryFolder(), 'file');
  fs.writeFileSync(file, content);
  return file;
};

test.skipIf(process.platform !== 'linux')(
  'a large file that was brought to the disk on the way is whole, and nothing of it stays open',
  async () => {
    const file = path.join(temporaryFolder(), 'new');
    const writer = new FileWriter(file);
    const piece = Buffer.alloc(5 << 20, 'x');
    const whole = createHash('sha256');
    for (let at = 0; at < 21; at++) {
      piece[at] = at;
      whole.update(piece);
      writer.write(piece);
    }
    expect(openOn(file)).toBe(2);
    const { digest } = writer.finish(MTIME);
    expect(digest).toBe(`sha256:${whole.digest('hex')}`);
    expect(digestFile(file)).toBe(digest);
    await expect.poll(() => openOn(file)).toBe(0);
  },
);

const openOn = (file: string): number =>
  fs.readdirSync('/proc/self/fd').filter((handle) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${handle}`) === file;
    } catch {
      return false;
    }
  }).length;

describe('a new file', () => {
  test.each<[string, number[]]>([
    ['nothing', []],
    ['small pieces', [1, 2, 3]],
    ['an empty piece', [0, 5, 0]],
    ['pieces that fill a chunk exactly', [CHUNK - 1, 1, 1]],
    ['a piece of one chunk', [CHUNK]],
    ['a piece of one chunk after a small one', [3, CHUNK, 3]],
    ['a piece beyond a chunk', [10, 3 * CHUNK + 1, 10]],
    ['many pieces', Array.from({ length: 300 }, (_, at) => at * 97)],
  ])('of %s holds them in order and knows its state', (_what, lengths) => {
    const pieces = lengths.map((length, at) => Buffer.alloc(length, 97 + (at % 26)));
    const file = path.join(temporaryFolder(), 'new');
    const writer = new FileWriter(file);
    for (const piece of pieces) writer.write(piece);
    const state = writer.finish(MTIME);
    const content = Buffer.concat(pieces);
    expect(fs.readFileSync(file).equals(content)).toBe(true);
    expect(state).toEqual({ size: content.length, mtime: MTIME, digest: digestOf(content) });
    expect(statFile(file)?.mtime).toBeCloseTo(MTIME, 0);
  });

  test('does not see what the caller does to a piece afterwards', () => {
    const file = path.join(temporaryFolder(), 'new');
    const writer = new FileWriter(file);
    const piece = Buffer.from('abc');
    writer.write(piece);
    piece.fill('x');
    writer.finish(MTIME);
    expect(fs.readFileSync(file, 'utf8')).toBe('abc');
  });

  test('never takes the place of one that is there', () => {
    const file = fileWith('mine');
    expect(() => new FileWriter(file)).toThrow(/EEXIST/);
    const link = path.join(temporaryFolder(), 'link');
    fs.symlinkSync(file, link);
    expect(() => new FileWriter(link)).toThrow(/EEXIST/);
    expect(fs.readFileSync(file, 'utf8')).toBe('mine');
  });
});

describe('the tail of a file', () => {
  const content = `${'a'.repeat(2 * CHUNK)}tail`;
  test.each([0, 1, CHUNK, 2 * CHUNK, content.length - 1, content.length])('from byte %i on is copied with its state', (start) => {
    const source = fileWith(content);
    const target = path.join(temporaryFolder(), 'tail');
    fs.utimesSync(source, 1, MTIME / 1000);
    const state = copyTail(source, start, target);
    expect(fs.readFileSync(target, 'utf8')).toBe(content.slice(start));
    expect(state).toMatchObject({ size: content.length - start, digest: digestOf(content.slice(start)) });
    expect(state.mtime).toBeCloseTo(MTIME, 0);
  });
});

describe('an append', () => {
  const source = `${'b'.repeat(CHUNK + 3)}\n`;
  test('adds the bytes, sets the time, and gives the same file when it is done again', () => {
    const target = fileWith('local\n');
    const inode = statFile(target)?.inode;
    for (let time = 0; time < 2; time++) {
      appendFrom(fileWith(source), target, 6, MTIME);
      expect(fs.readFileSync(target, 'utf8')).toBe(`local\n${source}`);
      expect(statFile(target)?.mtime).toBeCloseTo(MTIME, 0);
    }
    expect(statFile(target)?.inode).toBe(inode);
  });

  test('that stopped half-way is finished when it is done again', () => {
    const target = fileWith(`local\n${source.slice(0, 1000)}`);
    appendFrom(fileWith(source), target, 6, MTIME);
    expect(fs.readFileSync(target, 'utf8')).toBe(`local\n${source}`);
  });

  test('does not make a file', () => {
    const target = path.join(temporaryFolder(), 'absent');
    expect(() => appendFrom(fileWith(source), target, 0, MTIME)).toThrow(/ENOENT/);
    expect(fs.existsSync(target)).toBe(false);
  });

  test('is taken back by cutting the file', () => {
    const target = fileWith(`local\n${source}`);
    const inode = statFile(target)?.inode;
    truncateFile(target, 6, MTIME);
    expect(fs.readFileSync(target, 'utf8')).toBe('local\n');
    expect(statFile(target)).toMatchObject({ size: 6, inode });
    expect(statFile(target)?.mtime).toBeCloseTo(MTIME, 0);
  });
});

describe('a file that is replaced', () => {
  test('has the new text, and nothing is left beside it', () => {
    const file = fileWith('old text that is longer');
    replaceFile(file, 'new');
    expect(fs.readFileSync(file, 'utf8')).toBe('new');
    expect(fs.readdirSync(path.dirname(file))).toEqual(['file']);
  });

  test('is another file to whoever had the old one open', () => {
    const file = fileWith('old');
    const reader = fs.openSync(file, 'r');
    replaceFile(file, 'new');
    expect(fs.readFileSync(reader, 'utf8')).toBe('old');
    fs.closeSync(reader);
  });

  test('may not have been there', () => {
    const file = path.join(temporaryFolder(), 'absent');
    replaceFile(file, 'new');
    expect(fs.readFileSync(file, 'utf8')).toBe('new');
  });

  test('is replaced though a run that was stopped left its temporary file', () => {
    const file = fileWith('old');
    fs.writeFileSync(`${file}.new`, 'half');
    replaceFile(file, 'new');
    expect([fs.readFileSync(file, 'utf8'), fs.readdirSync(path.dirname(file))]).toEqual(['new', ['file']]);
  });
});

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

describe('folders', () => {
  test('that are missing on the way are told outermost first', () => {
    const root = temporaryFolder();
    const names = [path.join(root, 'a'), path.join(root, 'a', 'b'), path.join(root, 'a', 'b', 'c')];
    expect(missingFolders(names[2]!)).toEqual(names);
    makeFolder(names[1]!);
    expect(missingFolders(names[2]!)).toEqual([names[2]]);
    makeFolder(names[2]!);
    makeFolder(names[2]!);
    expect(missingFolders(names[2]!)).toEqual([]);
  });

  test('are removed only while they are empty', () => {
    const root = temporaryFolder();
    const folder = path.join(root, 'a');
    removeEmptyFolder(folder);
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'theirs'), '');
    removeEmptyFolder(folder);
    expect(fs.existsSync(path.join(folder, 'theirs'))).toBe(true);
    fs.rmSync(path.join(folder, 'theirs'));
    removeEmptyFolder(folder);
    expect(fs.existsSync(folder)).toBe(false);
  });
});

test('a moved file is the same file in another folder', () => {
  const root = temporaryFolder();
  const [from, to] = [path.join(root, 'a'), path.join(root, 'below', 'b')];
  fs.writeFileSync(from, 'x');
  fs.mkdirSync(path.dirname(to));
  const inode = statFile(from)?.inode;
  moveFile(from, to);
  expect([statFile(from), statFile(to)?.inode]).toEqual([null, inode]);
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
