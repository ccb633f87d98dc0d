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
