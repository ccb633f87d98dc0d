// A database as it is now, in a folder of this process: for what cannot be read where it lies without a file being made or changed there.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';
import { removeAt } from '../disk/removal.ts';
import { exists } from '../paths/entries.ts';
import { makeUnpackFolder, placeForTemporary } from '../temporary_folders/private_temporary_folder.ts';
import { atOneMoment, stampOf } from './database_logs.ts';
import { connect } from './sqlite_connection.ts';

type Copy = { stamp: string; file: string; remove(): void };

/** By database. A run that opens one several times copies it once; the folders go with the process. */
const COPIES = new Map<string, Copy>();

/** One file without a log: what a stopped writer left beside the database is taken in or rolled back, in the copy. */
export function copyOf(file: string): string {
  const known = COPIES.get(file);
  if (known?.stamp === stampOf(file) && exists(known.file)) return known.file;
  known?.remove();
  COPIES.delete(file);
  const copy = makeCopy(file);
  COPIES.set(file, copy);
  return copy.file;
}

function makeCopy(file: string): Copy {
  const bytes = ['', '-wal', '-journal'].reduce((sum, ending) => sum + (fs.statSync(file + ending, ABSENT)?.size ?? 0), 0);
  const folder = makeUnpackFolder(placeForTemporary(bytes));
  const target = path.join(folder.path, path.basename(file));
  try {
    const stamp = atOneMoment(file, () => {
      // The database first: a journal that is copied after it has all that was changed in it before.
      for (const ending of ['', '-wal', '-journal']) copyPart(file + ending, target + ending);
      return stampOf(file);
    });
    if (stamp === null) throw keepsChanging(file);
    settle(target);
    return { stamp, file: target, remove: folder.remove };
  } catch (error) {
    folder.remove();
    throw error;
  }
}

const ABSENT = { throwIfNoEntry: false } as const;

/** The system copies, without the bytes passing through here, or not at all where the file system can share them. */
function copyPart(from: string, to: string): void {
  removeAt(to);
  if (!exists(from)) return;
  try {
    fs.copyFileSync(from, to, fs.constants.COPYFILE_FICLONE);
  } catch (error) {
    // It went just now; then the moment is tried again.
    if (systemCode(error) !== 'ENOENT') throw error;
  }
  if (exists(to)) fs.chmodSync(to, 0o600);
}

function settle(copy: string): void {
  const database = connect(copy, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = DELETE');
  } finally {
    database.close();
  }
}

const keepsChanging = (where: string): SyncError =>
  new SyncError('database_unreadable', 'A database keeps changing and cannot be read.', {
    where,
    hint: 'close the program that writes to it, then run the same command again',
  });
