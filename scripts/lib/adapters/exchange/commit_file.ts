// A commit as it is stored: one zstd frame of JSON lines.

import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Commit } from '../../domain/exchange/commit.ts';
import { CommitFault } from '../../domain/exchange/parse_commit.ts';

/** Decoded; more than a checkpoint of 100,000 sessions. */
const MOST_BYTES = 1 << 29;

export function encoded({ sessions, ...header }: Commit): Buffer {
  const lines = [Buffer.from(JSON.stringify(header))];
  for (const entry of sessions) lines.push(Buffer.from(`\n${JSON.stringify(entry)}`));
  return zstdCompressSync(Buffer.concat(lines));
}

/** Throws a `CommitFault` where it cannot be decoded. */
export function decoded(bytes: Buffer): Buffer {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new CommitFault(`it cannot be decoded (${(error as Error).message})`);
  }
}
