// Taking files and folders away. Node's `rmSync` is not used: from Node 24 on its errors have an empty code for most that can go wrong
// (EIO, ENOSPC, EROFS, EBUSY and more), and nobody can tell what the system said.

import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../domain/codes/system_code.ts';
import { onceShared } from '../open_files/sharing.ts';

/** A file, a link, or a folder with all in it. Nothing happens where there is nothing. */
export function removeAt(place: string): void {
  const stat = fs.lstatSync(place, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isDirectory()) return unlessGone(() => onceShared(() => fs.unlinkSync(place)));
  unlessGone(() => {
    for (const name of fs.readdirSync(place)) removeAt(path.join(place, name));
    onceShared(() => fs.rmdirSync(place));
  });
}

function unlessGone(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Cleans up behind an error, which is what is told: what goes wrong in that as well only leaves something behind. */
export function failAfter(error: unknown, cleanUp: () => void): never {
  try {
    cleanUp();
  } catch {
    // The next command that writes finds what is left.
  }
  throw error;
}
