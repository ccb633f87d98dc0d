// The file system that a folder lies on.

import fs from 'node:fs';

/** What this user may still write where the folder lies; null where the system does not say. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize, blocks } = fs.statfsSync(folder);
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    return null;
  }
}

/** A number of the file system that the folder lies on; null where there is no such folder. */
export const deviceOf = (folder: string): number | null => fs.statSync(folder, { throwIfNoEntry: false })?.dev ?? null;
