// Open files, and the chunks that they are read in.

import fs from 'node:fs';
import { onceShared } from './sharing.ts';

/** Closes the file, however the work ends. */
export function withHandle<Result>(handle: number, work: (handle: number) => Result): Result {
  try {
    return work(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** A file that others may have open as well. A new one is for whom the umask lets. */
export const openToWrite = (file: string, flags: 'a' | 'r+'): number => onceShared(() => fs.openSync(file, flags, 0o666));

/** Bytes that are read at once. */
export const CHUNK = 1 << 20;

const spare: Buffer[] = [];
const MOST_SPARE = 2;

/** A buffer of one chunk; a used one where there is one, since its pages are there already: half the time of reading a small file. */
export const takeChunk = (): Buffer => spare.pop() ?? Buffer.allocUnsafe(CHUNK);

/** Whoever gives a chunk back looks at it no more. */
export function giveChunk(chunk: Buffer): void {
  if (chunk.length === CHUNK && spare.length < MOST_SPARE) spare.push(chunk);
}

export function withChunk<Result>(work: (chunk: Buffer) => Result): Result {
  const chunk = takeChunk();
  try {
    return work(chunk);
  } finally {
    giveChunk(chunk);
  }
}
