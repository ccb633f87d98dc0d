// Goes through a tar, gzipped or not, in one pass. Nothing waits: a sink takes its bytes at once, so the parser never holds any back.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Parser } from 'tar/parse';
import type { ReadEntry } from 'tar/read-entry';
import { SyncError } from '../../domain/codes/errors.ts';
import type { ArchiveEntry } from '../../domain/package/archive_entries.ts';
import { formatOf, MAGIC_LENGTH, mostUnpacked } from '../../domain/package/archive_limits.ts';
import type { Visit } from './archive_visit.ts';

// Loaded where a tar is read: most packages are none.
const tar = () => createRequire(import.meta.url)('tar/parse') as typeof import('tar/parse');

export const walkTar = (file: string, visit: Visit): Promise<void> => walk(fs.createReadStream(file), visit);

/** What comes out is bounded as it comes: only then is it known. */
export function walkTarGz(file: string, visit: Visit): Promise<void> {
  const content = pipeline(fs.createReadStream(file), createGunzip(), () => {});
  return walk(content, visit, mostUnpacked(fs.statSync(file).size));
}

async function walk(content: Readable, visit: Visit, most = Number.POSITIVE_INFINITY): Promise<void> {
  const { parser, hasEnded } = parserFor(visit);
  let bytes = 0;
  for await (const chunk of fromFirstHeader(content)) {
    bytes += chunk.length;
    if (bytes > most) throw tooMuch(most);
    // What stands behind the end would be gathered for ever.
    if (!hasEnded()) parser.write(chunk);
  }
  parser.end();
  if (!hasEnded()) throw new Error('it is truncated');
}

/** The parser looks for compression once more, and goes on by itself where it finds one: so it is only given a tar. */
async function* fromFirstHeader(content: Readable): AsyncGenerator<Buffer> {
  let start: Buffer | null = Buffer.alloc(0);
  for await (const chunk of content as AsyncIterable<Buffer>) {
    const bytes: Buffer = start ? Buffer.concat([start, chunk]) : chunk;
    if (start && bytes.length < MAGIC_LENGTH) {
      start = bytes;
      continue;
    }
    if (start && formatOf(bytes) !== 'tar') throw new Error('it does not contain a tar');
    start = null;
    yield bytes;
  }
  if (start) throw new Error('it does not contain a tar');
}

const tooMuch = (most: number): SyncError =>
  new SyncError(
    'unsafe_package',
    `The archive unpacks to more than ${(most / 1e6).toFixed(0)} MB, which is too much for a package.`,
    {
      hint: 'if you trust it, unpack it yourself and name the folder',
    },
  );

/** `hasEnded` tells whether the blocks were there that every tar ends with. */
function parserFor(visit: Visit): { parser: Parser; hasEnded: () => boolean } {
  let ended = false;
  const { Parser } = tar();
  const parser = new Parser({ brotli: false, zstd: false });
  parser.on('entry', (entry: ReadEntry) => take(entry, visit));
  parser.on('ignoredEntry', (entry: ReadEntry) => visit(described(entry)));
  parser.on('eof', () => {
    ended = true;
  });
  parser.on('warn', (_code: string, message: string | Error) => {
    throw message instanceof Error ? message : new Error(message);
  });
  return { parser, hasEnded: () => ended };
}

function take(entry: ReadEntry, visit: Visit): void {
  const sink = visit(described(entry));
  if (!sink) {
    entry.resume();
    return;
  }
  entry.on('data', (chunk) => sink.write(chunk));
  entry.on('end', () => sink.end());
}

function described({ path: name, type, size, mtime }: ReadEntry): ArchiveEntry {
  const kind = KINDS[type] ?? 'of an unknown kind';
  return {
    name,
    kind: kind === 'file' && name.endsWith('/') ? 'folder' : kind,
    size,
    mtime: mtime?.getTime() ?? 0,
    unreadable: null,
  };
}

const KINDS: Record<string, string> = {
  File: 'file',
  OldFile: 'file',
  ContiguousFile: 'file',
  Directory: 'folder',
  GNUDumpDir: 'folder',
  SymbolicLink: 'a symbolic link',
  Link: 'a hard link',
  CharacterDevice: 'a device',
  BlockDevice: 'a device',
  FIFO: 'a pipe',
};
