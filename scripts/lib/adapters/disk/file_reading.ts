// What lies in files, and what they are.

import fs from 'node:fs';
import type { FileState } from '../../domain/operation/operation.ts';
import { CHUNK, withChunk } from '../open_files/chunks.ts';
import { openToRead, statToRead } from '../open_files/distrusted_path.ts';
import { withHandle } from '../open_files/handles.ts';
import { StreamHash } from '../run/background_hash.ts';
import { stopIfInterrupted } from '../run/interruption.ts';
import { hasModes } from './file_modes.ts';

/** Null where there is nothing. Times in milliseconds since 1970. */
export function statFile(file: string): { size: number; mtime: number; inode: number; identity: string } | null {
  const stat = statToRead(file);
  return stat ? { size: stat.size, mtime: stat.mtimeMs, inode: stat.ino, identity: identityOf(stat) } : null;
}

/** Another one where the file was exchanged, written, renamed or given other rights; what Windows calls a change time is not that. */
const identityOf = ({ dev, ino, ctimeMs }: fs.Stats): string => `${dev}:${ino}${hasModes ? `:${ctimeMs}` : ''}`;

/** Digest of the bytes from `start` (inclusive) to `end` (exclusive; default the end of the file). */
export function digestFile(file: string, start = 0, end = Number.POSITIVE_INFINITY): string {
  const hash = new StreamHash(Math.min(end, statFile(file)?.size ?? 0) - start);
  readChunks(file, start, end, (chunk) => hash.update(chunk));
  return hash.digest();
}

/** Fewer where the file is shorter. */
export function readStart(file: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return withHandle(openToRead(file), (handle) => bytes.subarray(0, fs.readSync(handle, bytes, 0, length, 0)));
}

/** Whether a file is there and is, byte for byte, the one that was told. */
export const isStill = (file: string, { size, digest }: { size: number; digest: string }): boolean =>
  statFile(file)?.size === size && digestFile(file) === digest;

/** Null where there is nothing. */
export function readFileState(file: string): FileState | null {
  const stat = statFile(file);
  return stat && { size: stat.size, mtime: stat.mtime, digest: digestFile(file) };
}

/** The chunk is only valid while `take` runs. */
export function readChunks(file: string, start: number, end: number, take: (chunk: Buffer) => void): void {
  withHandle(openToRead(file), (handle) =>
    withChunk((buffer) => {
      for (let at = start; at < end; ) {
        stopIfInterrupted();
        const count = fs.readSync(handle, buffer, 0, Math.min(CHUNK, end - at), at);
        if (count === 0) break;
        take(buffer.subarray(0, count));
        at += count;
      }
    }),
  );
}

/**
 * Whether bytes `start` to `end` of `file` are those that `source` begins with. Where the power went before a sync, the new length may be
 * there without the bytes: NULs, which no rollout has, count as not written yet.
 */
export function isBegunCopy(file: string, start: number, end: number, source: string): boolean {
  if (end - start > fs.statSync(source).size) return false;
  let isSame = true;
  let at = 0;
  withHandle(openToRead(source), (handle) =>
    withChunk((buffer) =>
      readChunks(file, start, end, (chunk) => {
        const count = fs.readSync(handle, buffer, 0, chunk.length, at);
        isSame &&= count === chunk.length && isBegun(chunk, buffer.subarray(0, count));
        at += count;
      }),
    ),
  );
  return isSame;
}

/** Whether `bytes` are the first of `whole`, but for NULs. */
export function isBegun(bytes: Buffer, whole: Buffer): boolean {
  if (bytes.length > whole.length) return false;
  return whole.subarray(0, bytes.length).equals(bytes) || bytes.every((byte, at) => byte === 0 || byte === whole[at]);
}
