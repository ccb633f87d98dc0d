// A commit as it is stored: one zstd frame of JSON.

import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { Commit } from '../../domain/exchange/commit.ts';
import { CommitFault } from '../../domain/exchange/parse_commit.ts';

/** Decoded; more than a checkpoint of 100,000 sessions. */
const MOST_BYTES = 1 << 29;

export const encoded = (commit: Commit): Buffer => zstdCompressSync(Buffer.from(JSON.stringify(commit)));

/** The JSON text. Throws a `CommitFault` where it cannot be decoded. */
export function decoded(bytes: Buffer): string {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES }).toString('utf8');
  } catch (error) {
    throw new CommitFault(`it cannot be decoded (${(error as Error).message})`);
  }
}
