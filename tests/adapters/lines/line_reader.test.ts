import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineReader, MAX_LINE_BYTES } from '../../../scripts/lib/adapters/lines/line_reader.ts';
import { linesOf } from '../../fixtures/spelling.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

type Line = { text: string; offset: number; end: number; closed: boolean };
type Options = ConstructorParameters<typeof LineReader>[1];

const CHUNK = 1 << 20;
const written = (content: string | Buffer): string => {
  const file = path.join(temporaryFolder(), 'lines');
  fs.writeFileSync(file, content);
  return file;
};

function linesIn(file: string, options: Options = {}): Line[] {
  const reader = new LineReader(file, options);
  const lines: Line[] = [];
  for (let line = reader.next(); line; line = reader.next())
    lines.push({ text: line.bytes.toString('latin1'), offset: line.offset, end: line.end, closed: line.closed });
  reader.close();
  return lines;
}
const texts = (content: string | Buffer, options: Options = {}): string[] =>
  linesIn(written(content), options).map(({ text }) => text);

describe('lines are split on byte 0x0A alone', () => {
  test.each<[string, string, string[]]>([
    ['nothing', '', []],
    ['one newline', '\n', ['']],
    ['empty lines', 'a\n\n\nb\n', ['a', '', '', 'b']],
    ['no last newline', 'a\nb', ['a', 'b']],
    ['\\r\\n', 'a\r\nb\r\n', ['a\r', 'b\r']],
    ['a lone \\r', 'a\rb\n', ['a\rb']],
    ['vertical tab, form feed, file separators', 'a\x0bb\x0cc\x1cd\x1de\x1e\n', ['a\x0bb\x0cc\x1cd\x1de\x1e']],
    ['NUL', 'a\0b\n', ['a\0b']],
  ])('%s', (_what, content, expected) => expect(texts(content)).toEqual(expected));

  test.each(['\u2028', '\u2029', '\u0085'])('not on %j', (separator) => {
    const content = Buffer.from(`a${separator}b\n`);
    expect(texts(content)).toEqual([content.subarray(0, -1).toString('latin1')]);
  });

  test('and every line knows its place', () => {
    expect(linesIn(written('ab\n\nc'))).toEqual([
      { text: 'ab', offset: 0, end: 3, closed: true },
      { text: '', offset: 3, end: 4, closed: true },
      { text: 'c', offset: 4, end: 5, closed: false },
    ]);
  });
});

describe('a file larger than what is held', () => {
  test.each([CHUNK - 2, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 2 * CHUNK, 3 * CHUNK + 7])(
    'has a line of %i bytes whole',
    (length) => {
      const long = 'x'.repeat(length);
      expect(texts(`a\n${long}\nb\n${long}`)).toEqual(['a', long, 'b', long]);
    },
  );

  test('has every line, wherever the chunks end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(40), fc.integer({ min: CHUNK - 40, max: CHUNK + 40 }), fc.constant(0)), { maxLength: 8 }),
        fc.boolean(),
        (lengths, closed) => {
          const content = Buffer.from(
            lengths.map((length, at) => String.fromCharCode(97 + at).repeat(length)).join('\n') + (closed ? '\n' : ''),
          );
          const file = written(content);
          const source = linesOf(content);
          const expected: Line[] = [];
          for (let line = source.next(); line; line = source.next()) expected.push({ ...line, text: line.bytes.toString() });
          expect(linesIn(file)).toEqual(
            expected.map(({ text, offset, end, closed: isClosed }) => ({ text, offset, end, closed: isClosed })),
          );
        },
      ),
      { numRuns: 25 },
    );
  });
});

describe('a part of a file', () => {
  const content = 'aaa\nbbb\nccc\n';
  test.each<[string, Options, string[]]>([
    ['from a line on', { offset: 4 }, ['bbb', 'ccc']],
    ['from within a line', { offset: 5 }, ['bb', 'ccc']],
    ['from the end', { offset: 12 }, []],
    ['as if it ended at a newline', { limit: 8 }, ['aaa', 'bbb']],
    ['as if it ended within a line', { limit: 6 }, ['aaa', 'bb']],
    ['as if it ended before its newline', { limit: 7 }, ['aaa', 'bbb']],
    ['as if it were empty', { limit: 0 }, []],
    ['as if it were longer', { limit: 500 }, ['aaa', 'bbb', 'ccc']],
    ['between two places', { offset: 4, limit: 8 }, ['bbb']],
  ])('%s', (_which, options, expected) => {
    const lines = linesIn(written(content), options);
    expect(lines.map(({ text }) => text)).toEqual(expected);
    for (const { text, offset } of lines) expect(content.slice(offset, offset + text.length)).toBe(text);
  });

  test('that ends before the newline has an open last line', () => {
    expect(linesIn(written(content), { limit: 7 }).at(-1)).toEqual({ text: 'bbb', offset: 4, end: 7, closed: false });
  });

  test('that grows while it is read ends where it was told to', () => {
    const file = written(content);
    const reader = new LineReader(file, { limit: 12, hash: true });
    reader.next();
    fs.appendFileSync(file, 'ddd\n');
    const rest = [reader.next(), reader.next(), reader.next()].map((line) => line?.bytes.toString() ?? null);
    expect(rest).toEqual(['bbb', 'ccc', null]);
    expect(reader.digest()).toBe(digestOf(Buffer.from(content)));
  });
});

const digestOf = (content: Buffer): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

describe('the digest is that of the whole file', () => {
  const content = Buffer.from(['x'.repeat(3 * CHUNK), 'x'.repeat(3 * CHUNK), 'tail'].join('\n'));
  test.each([0, 1, 2, 3])('when %i lines were pulled', (count) => {
    const reader = new LineReader(written(content), { hash: true });
    for (let at = 0; at < count; at++) reader.next();
    expect(reader.digest()).toBe(digestOf(content));
  });

  test('when the end was reached', () => {
    const reader = new LineReader(written(content), { hash: true });
    while (reader.next());
    expect(reader.next()).toBeNull();
    expect(reader.digest()).toBe(digestOf(content));
  });

  test('of an empty file', () => {
    expect(new LineReader(written(''), { hash: true }).digest()).toBe(digestOf(Buffer.alloc(0)));
  });
});

describe('a line that is too long', () => {
  const fileOf = (length: number): string => {
    const file = written('a\n');
    const handle = fs.openSync(file, 'a');
    for (let left = length; left > 0; left -= CHUNK) fs.writeSync(handle, Buffer.alloc(Math.min(left, CHUNK), 0x78));
    fs.closeSync(handle);
    return file;
  };

  test('is refused with the byte where it begins', () => {
    const file = fileOf(MAX_LINE_BYTES + 2 * CHUNK);
    const reader = new LineReader(file);
    expect(reader.next()?.bytes.toString()).toBe('a');
    expect(() => reader.next()).toThrow(expect.objectContaining({ code: 'malformed_rollout', where: `${file} at byte 2` }));
  });

  test('is none up to 64 MiB', () => {
    const reader = new LineReader(fileOf(MAX_LINE_BYTES));
    reader.next();
    expect(reader.next()?.bytes.length).toBe(MAX_LINE_BYTES);
    reader.close();
  });
});

test('reading holds no file open once it ends or is closed', () => {
  const open = (): number => fs.readdirSync('/proc/self/fd').length;
  const file = written('a\nb\n');
  const before = open();
  const reader = new LineReader(file);
  expect(open()).toBe(before + 1);
  while (reader.next());
  expect(open()).toBe(before);
  const early = new LineReader(file);
  early.next();
  early.close();
  early.close();
  expect(open()).toBe(before);
});
