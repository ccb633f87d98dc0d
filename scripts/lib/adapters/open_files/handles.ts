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

/** The handle of a file that passes the check; of any other it is closed. */
export function checkedHandle(handle: number, check: (handle: number) => void): number {
  try {
    check(handle);
    return handle;
  } catch (error) {
    fs.closeSync(handle);
    throw error;
  }
}

/** A file that others may have open as well. A new one is for whom the umask lets. */
export const openToWrite = (file: string, flags: 'a' | 'r+'): number => onceShared(() => fs.openSync(file, flags, 0o666));
