// Where the files of a new package go: into a folder, or straight into an archive (archive/zip_writer.ts).

import path from 'node:path';
import type { FileState } from '../../domain/operation/operation.ts';
import { FileWriter } from '../disk/file_writing.ts';
import { makeFolders } from '../disk/folders.ts';
import { failAfter, removeAt } from '../disk/removal.ts';

/** A file that is being written: ended by `finish`, or by `discard`, after which nothing of it is left. Bytes may change once `write` returns. */
export type NewFile = {
  readonly size: number;
  write(bytes: Buffer): void;
  finish(mtime: number): FileState;
  discard(): void;
};

/** Names have `/` in between; a folder is made before what goes into it. One file at a time is open. `expectedBytes` need not be right. */
export type PackageTarget = {
  makeFolder(name: string): void;
  open(name: string, expectedBytes?: number): NewFile;
};

/** A new file, which `work` fills and ends. A failure leaves nothing of it, and nothing open: Windows removes no folder with an open file in it. */
export function writeInto<Result>(
  target: PackageTarget,
  name: string,
  work: (file: NewFile) => Result,
  expectedBytes?: number,
): Result {
  const file = target.open(name, expectedBytes);
  try {
    return work(file);
  } catch (error) {
    failAfter(error, () => file.discard());
  }
}

export function folderTarget(root: string): PackageTarget {
  const placeOf = (name: string): string => path.join(root, ...name.split('/'));
  return {
    makeFolder: (name) => makeFolders(placeOf(name), 0o700),
    open: (name, expectedBytes) => new FileInFolder(placeOf(name), expectedBytes),
  };
}

class FileInFolder extends FileWriter implements NewFile {
  readonly #place: string;

  constructor(place: string, expectedBytes?: number) {
    super(place, expectedBytes);
    this.#place = place;
  }

  discard(): void {
    this.close();
    removeAt(this.#place);
  }
}
