// What is written is what is read: by the reader of archives of this project, which is not made of the same code.

import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { listArchive, readFromArchive } from '../../../scripts/lib/adapters/archive/archive_file.ts';
import { centralHeader, endOfArchive, localHeader } from '../../../scripts/lib/adapters/archive/zip_records.ts';
import { ZipWriter } from '../../../scripts/lib/adapters/archive/zip_writer.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const read = async (file: string, name: string): Promise<Buffer | null> => (await readFromArchive(file, name, 1 << 30)).content;
const MTIME = Date.parse('2026-11-21T12:00:01.000Z');

test.each([
  ['nothing', Buffer.alloc(0)],
  ['a line', Buffer.from('{"a":1}\n')],
  ['more than one chunk', Buffer.alloc((3 << 20) + 17, 'abc\n')],
  ['what does not compress', randomBytes((2 << 20) + 3)],
])('%s comes back, with its digest and its time', async (_what, content) => {
  const place = path.join(temporaryFolder(), 'x.zip');
  const zip = new ZipWriter(place);
  const file = zip.open('sessions/ä.jsonl', content.length);
  for (let at = 0; at < content.length; at += 700_001) file.write(content.subarray(at, at + 700_001));
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  expect(file.finish(MTIME)).toEqual({ size: content.length, mtime: MTIME, digest });
  expect(zip.finish()).toBe(fs.statSync(place).size);
  expect(await read(place, 'sessions/ä.jsonl')).toEqual(content);
  expect(await listArchive(place)).toMatchObject([{ kind: 'file', size: content.length, mtime: MTIME }]);
});

test('of a file that is given up nothing is left', async () => {
  const place = path.join(temporaryFolder(), 'x.zip');
  const zip = new ZipWriter(place);
  zip.makeFolder('sessions');
  const before = fs.statSync(place).size;
  const given = zip.open('sessions/given-up');
  given.write(randomBytes(3 << 20));
  given.discard();
  expect(fs.statSync(place).size).toBe(before);
  const kept = zip.open('sessions/kept');
  kept.write(Buffer.from('kept'));
  kept.finish(MTIME);
  zip.finish();
  expect((await listArchive(place)).map(({ name, kind }) => [name, kind])).toEqual([
    ['sessions/', 'folder'],
    ['sessions/kept', 'file'],
  ]);
  expect(await read(place, 'sessions/kept')).toEqual(Buffer.from('kept'));
});

test('a file that may be larger than 4 GB has room for its size', async () => {
  const place = path.join(temporaryFolder(), 'x.zip');
  const zip = new ZipWriter(place);
  const file = zip.open('large', 2 ** 33);
  file.write(Buffer.from('small after all'));
  file.finish(MTIME);
  zip.finish();
  expect(await read(place, 'large')).toEqual(Buffer.from('small after all'));
});

test('more entries than 16 bits count are all listed', async () => {
  const place = path.join(temporaryFolder(), 'x.zip');
  const zip = new ZipWriter(place);
  for (let at = 0; at < 66_000; at++) zip.makeFolder(`f${at}`);
  zip.finish();
  expect(await listArchive(place)).toHaveLength(66_000);
});

test('what lies behind 4 GB is found', async () => {
  const place = path.join(temporaryFolder(), 'x.zip');
  const content = Buffer.from('far behind');
  const offset = 5 * 2 ** 30;
  const sizes = { compressed: content.length, size: content.length, crc: crc32(content) };
  const entry = { name: 'far', mtime: MTIME, method: 'stored' as const, offset, ...sizes };
  const handle = fs.openSync(place, 'w');
  // The first bytes tell what it is; what lies between is a hole.
  fs.writeSync(handle, localHeader({ ...entry, name: 'gap', offset: 0 }, false), 0);
  const parts = [localHeader(entry, false), content, centralHeader(entry)];
  const [before, header] = [offset + parts[0]!.length + content.length, parts[2]!.length];
  const bytes = Buffer.concat([...parts, endOfArchive(1, before, header)]);
  fs.writeSync(handle, bytes, 0, bytes.length, offset);
  fs.closeSync(handle);
  expect(await read(place, 'far')).toEqual(content);
});
