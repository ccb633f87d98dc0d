import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { digestFile, statFile } from '../../../scripts/lib/adapters/disk/file_reading.ts';
import { appendFrom, copyTail, FileWriter, replaceFile, truncateFile } from '../../../scripts/lib/adapters/disk/file_writing.ts';
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
