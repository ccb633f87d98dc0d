// A package appears under its name whole or not at all: it is built beside it, in a folder that only this process has.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { isPackageEntry } from '../../domain/package/package_layout.ts';
import { makeFolder, missingFolders, moveFile, removeEmptyFolder, syncFolders } from '../disk/folders.ts';
import { failAfter, removeAt } from '../disk/removal.ts';
import { leftFolders, makeOwnFolder } from '../temporary_folders/made_by_process.ts';

/** `target` is not there, or is an empty folder. Folders on the way to it are made, and go again where the work fails. */
export function inPackageFolder<Result>(target: string, write: (folder: string) => Result): Result {
  const [place, what] = [path.dirname(target), `${path.basename(target)}.building`];
  const missing = missingFolders(place);
  makeFolder(place);
  let building: string | null = null;
  try {
    removeLeft(place, what);
    building = makeOwnFolder(place, what);
    const result = write(building);
    syncFolders(building);
    putInPlace(building, target);
    return result;
  } catch (error) {
    failAfter(error, () => {
      if (building) removeAt(building);
      for (const folder of missing.toReversed()) removeEmptyFolder(folder);
    });
  }
}

/** Of runs that were killed. One with anything in it that no package has may be somebody's. */
function removeLeft(place: string, what: string): void {
  for (const folder of leftFolders(place, what)) if (fs.readdirSync(folder).every(isPackageEntry)) removeAt(folder);
}

/** An empty folder in its place goes only while it is empty. */
function putInPlace(building: string, target: string): void {
  removeEmptyFolder(target);
  if (fs.lstatSync(target, { throwIfNoEntry: false }))
    throw new SyncError('output_exists', 'Something has appeared at the output path while the package was being written.', {
      where: target,
    });
  moveFile(building, target);
}
