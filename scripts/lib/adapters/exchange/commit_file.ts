// A commit as it is stored: one zstd frame of JSON lines.

import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Commit } from '../../domain/exchange/commit.ts';
import { CommitFault } from '../../domain/exchange/parse_commit.ts';

/** Decoded; more than a checkpoint of 100,000 sessions. */
const MOST_BYTES = 1 << 29;

/** What could not be read back is not written: nobody would get past it. `most`: bytes, decoded. */
export function encoded({ sessions, ...header }: Commit, most = MOST_BYTES): Buffer {
  const lines = [Buffer.from(JSON.stringify(header))];
  let bytes = lines[0]?.length ?? 0;
  for (const entry of sessions) {
    const line = Buffer.from(`\n${JSON.stringify(entry)}`);
    bytes += line.length;
    if (bytes > most) throw tooLarge(entry.thread_id, most);
    lines.push(line);
  }
  return zstdCompressSync(Buffer.concat(lines));
}

const tooLarge = (threadId: string, most: number): SyncError =>
  new SyncError(
    'package_too_large',
    `What is said of the sessions of one commit exceeds the ${most >> 20} MiB that can be read back.`,
    {
      where: `session ${threadId}`,
      hint: 'titles and first messages of that size are rare: give such sessions shorter titles, or report this',
    },
  );

/** Throws a `CommitFault` where it cannot be decoded. */
export function decoded(bytes: Buffer): Buffer {
  try {
    return zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES });
  } catch (error) {
    throw new CommitFault(`it cannot be decoded (${(error as Error).message})`);
  }
}
