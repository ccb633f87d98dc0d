// A backup appears under its name whole or not at all: it is built in a folder that only this process has, beside the others.

import path from 'node:path';
import { type BackupDescription, type BackupForm, backupName, DESCRIPTION, nextBackupId } from '../../domain/backup/backup.ts';
import { ZipWriter } from '../archive/zip_writer.ts';
import { makeFolder, makeFolders, missingFolders, moveFile, removeEmptyFolder, syncFolders } from '../disk/folders.ts';
import { failAfter, removeAt } from '../disk/removal.ts';
import { writeDocument } from '../package/package_documents.ts';
import { folderTarget, type PackageTarget } from '../package/package_target.ts';
import { makeOwnFolder } from '../temporary_folders/made_by_process.ts';
import { BUILDING, backupsNamed, removeLeft, type SoundBackup } from './backup_folder.ts';
import { type FileChecksum, writeChecksums } from './checksums.ts';

/** What only whoever fills a backup knows of it. */
export type Filled = Omit<BackupDescription, 'schema_version' | 'files' | 'bytes'>;

/** `fill` writes the package. The folder is made where it is missing, and goes again where the work fails. */
export function buildBackup(folder: string, form: BackupForm, now: Date, fill: (target: PackageTarget) => Filled): SoundBackup {
  const missing = missingFolders(folder);
  let own: string | null = null;
  try {
    makeFolder(folder, 'private');
    removeLeft(folder);
    own = makeOwnFolder(folder, BUILDING);
    const built = build(path.join(own, backupName(nextBackupId([], now.getTime()), form)), form, fill);
    const id = nextBackupId(
      backupsNamed(folder).map((one) => one.id),
      now.getTime(),
    );
    const place = path.join(folder, backupName(id, form));
    moveFile(built.place, place);
    removeEmptyFolder(own);
    return { id, form, path: place, size: built.size, description: built.description, problem: null };
  } catch (error) {
    failAfter(error, () => {
      if (own) removeAt(own);
      for (const made of missing.toReversed()) removeEmptyFolder(made);
    });
  }
}

type Built = { place: string; size: number; description: BackupDescription };

const build = (place: string, form: BackupForm, fill: (target: PackageTarget) => Filled): Built =>
  form === 'zip' ? buildZip(place, fill) : buildFolder(place, fill);

function buildZip(place: string, fill: (target: PackageTarget) => Filled): Built {
  const zip = new ZipWriter(place);
  try {
    const { description } = describe(zip, fill);
    return { place, size: zip.finish(), description };
  } finally {
    // Windows removes no folder with an open file in it.
    zip.close();
  }
}

function buildFolder(place: string, fill: (target: PackageTarget) => Filled): Built {
  makeFolders(place, 0o700);
  const { description, size } = describe(folderTarget(place), fill);
  syncFolders(place);
  return { place, size, description };
}

function describe(target: PackageTarget, fill: (target: PackageTarget) => Filled): Omit<Built, 'place'> {
  const written: Written[] = [];
  const filled = fill(recording(target, written));
  writeChecksums(recording(target, written), [...written]);
  const counted = { files: written.length, bytes: sumOf(written) };
  const description: BackupDescription = { schema_version: 1, ...filled, ...counted };
  writeDocument(recording(target, written), DESCRIPTION, description);
  return { description, size: sumOf(written) };
}

type Written = FileChecksum & { size: number };

const sumOf = (written: Written[]): number => written.reduce((sum, { size }) => sum + size, 0);

const recording = (target: PackageTarget, written: Written[]): PackageTarget => ({
  makeFolder: (name) => target.makeFolder(name),
  open(name, expectedBytes) {
    const file = target.open(name, expectedBytes);
    return {
      get size() {
        return file.size;
      },
      write: (bytes) => file.write(bytes),
      discard: () => file.discard(),
      finish(mtime) {
        const state = file.finish(mtime);
        written.push({ name, ...state });
        return state;
      },
    };
  },
});
