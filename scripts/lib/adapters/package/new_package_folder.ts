// A package appears under its name whole or not at all: it is built beside it, in a folder that only this process has.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { isPackageEntry } from '../../domain/package/package_layout.ts';
import { makeFolder, missingFolders, moveFile, removeEmptyFolder, syncFolders } from '../disk/folders.ts';
import { failAfter, removeAt } from '../disk/removal.ts';
import { beginChanges } from '../run/interruption.ts';
import { leftFolders, makeOwnFolder } from '../temporary_folders/made_by_process.ts';

/** `target` is not there, or is an empty folder. Folders on the way to it are made, and go again where the work fails. */
export function inPackageFolder<Result>(target: string, write: (folder: string) => Result): Result {
  const building = new Building(target);
  try {
    const result = write(building.begin());
    building.finish();
    return result;
  } catch (error) {
    failAfter(error, () => building.abandon());
  }
}

/** The same for work that waits. */
export async function inNewPackageFolder<Result>(target: string, write: (folder: string) => Promise<Result>): Promise<Result> {
  const building = new Building(target);
  try {
    const result = await write(building.begin());
    building.finish();
    return result;
  } catch (error) {
    failAfter(error, () => building.abandon());
  }
}

class Building {
  readonly #target: string;
  readonly #missing: string[];
  #folder: string | null = null;

  constructor(target: string) {
    this.#target = target;
    this.#missing = missingFolders(path.dirname(target));
  }

  begin(): string {
    beginChanges();
    const [place, what] = [path.dirname(this.#target), `${path.basename(this.#target)}.building`];
    makeFolder(place);
    removeLeft(place, what);
    this.#folder = makeOwnFolder(place, what);
    return this.#folder;
  }

  finish(): void {
    const folder = this.#folder as string;
    syncFolders(folder);
    putInPlace(folder, this.#target);
  }

  abandon(): void {
    if (this.#folder) removeAt(this.#folder);
    for (const made of this.#missing.toReversed()) removeEmptyFolder(made);
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
