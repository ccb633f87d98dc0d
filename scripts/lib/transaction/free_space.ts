// Before step 1: a disk that would be full in the middle of a run is better found before its first write.

import { freeBytes } from '../adapters/disk.ts';
import { SyncError } from '../domain/errors.ts';

/** `needed` in bytes; `free` tells what is left where a folder lies, null where the system does not say. */
export function requireSpace(home: string, needed: number, free: (folder: string) => number | null = freeBytes): void {
  const left = free(home);
  if (left === null || left >= needed) return;
  throw new SyncError('no_space', `${megabytes(needed)} are needed, and ${megabytes(left)} are free.`, {
    where: home,
    hint: 'nothing was written; make room on that disk, or sync fewer sessions at once (--thread-id)',
  });
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
