// Open files, the chunks that they are read in, and those that another program has open.

import fs from 'node:fs';
import { pause } from '../run/interruption.ts';

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

/**
 * Windows refuses to open, rename or remove a file while another program has it open and does not share it: a virus scanner or an indexer for a
 * moment, an editor for as long as it likes.
 */
const REFUSALS = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Whether the system refuses what it may grant in a moment. */
export const isSharingRefusal = (error: unknown, platform: NodeJS.Platform = process.platform): boolean =>
  platform === 'win32' && REFUSALS.has((error as NodeJS.ErrnoException).code ?? '');

const MOST_TRIES = 6;

/** Tries again for some 600 ms in all, where the system is Windows and refuses for that reason. */
export function onceShared<Result>(work: () => Result, platform: NodeJS.Platform = process.platform): Result {
  for (let tries = 1; ; tries++) {
    try {
      return work();
    } catch (error) {
      if (!isSharingRefusal(error, platform) || tries >= MOST_TRIES) throw error;
      pause(10 * 2 ** tries);
    }
  }
}

/** libuv's flag for a file that is shared with nobody; Node lets it through and has no name for it. */
const UV_FS_O_EXLOCK = 0x10000000;

/** Whether any program has the file open, this one too. Asked on Windows alone: elsewhere the answer is no. */
export function isOpenAnywhere(file: string, platform: NodeJS.Platform = process.platform): boolean {
  if (platform !== 'win32') return false;
  try {
    fs.closeSync(fs.openSync(file, fs.constants.O_RDONLY | UV_FS_O_EXLOCK));
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EBUSY';
  }
}
