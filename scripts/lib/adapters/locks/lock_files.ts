// Where Codex's locks lie (0.147+), and the one that whoever makes, removes or tries such a file holds meanwhile: Codex and we alike (seen
// with strace, 0.153.4 and 0.169.0; the same files are there on Windows).

import fs from 'node:fs';
import path from 'node:path';
import { pause } from '../run/interruption.ts';

export type FileLock = {
  /** Exclusive, without waiting, until `close` or the end of the process. The file must be open for reading (Windows asks for that). */
  take(descriptor: number): 'taken' | 'held';
  /** Gives the lock back, and closes the file. */
  close(descriptor: number): void;
};

export const locksFolder = (home: string): string => path.join(home, 'thread-writer-locks');

export const lockFile = (folder: string, threadId: string): string => path.join(folder, `${threadId}.lock`);

const coordinationFile = (folder: string): string => path.join(folder, '.coordination.lock');

/** Windows locks no file that is open for appending alone. */
export const openLockFile = (file: string): number => fs.openSync(file, 'a+', 0o644);

/** Waits so many milliseconds at most; null where somebody kept the coordination, and then nothing was done. */
export function coordinated<Result>(lock: FileLock, folder: string, patience: number, work: () => Result): { is: Result } | null {
  return whileTaken(lock, openLockFile(coordinationFile(folder)), patience, work);
}

/** The same for a look: no file is made, and none need be writable. A folder without that file has no lock in it either. */
export function coordinatedLook<Result>(
  lock: FileLock,
  folder: string,
  patience: number,
  work: () => Result,
): { is: Result } | null {
  const file = coordinationFile(folder);
  return fs.existsSync(file) ? whileTaken(lock, fs.openSync(file, 'r'), patience, work) : { is: work() };
}

function whileTaken<Result>(lock: FileLock, descriptor: number, patience: number, work: () => Result): { is: Result } | null {
  let close = (): void => fs.closeSync(descriptor);
  try {
    const end = performance.now() + patience;
    while (lock.take(descriptor) === 'held') {
      if (performance.now() > end) return null;
      pause(5);
    }
    close = () => lock.close(descriptor);
    return { is: work() };
  } finally {
    close();
  }
}
