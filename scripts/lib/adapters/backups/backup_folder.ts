// The folder in which backups lie: what is there, and what goes. Anything else in it is left alone.

import fs from 'node:fs';
import path from 'node:path';
import { type BackupDescription, type BackupForm, DESCRIPTION, parseBackupName } from '../../domain/backup/backup.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { isPackageEntry } from '../../domain/package/package_layout.ts';
import { readFromArchive } from '../archive/archive_file.ts';
import { moveFile } from '../disk/folders.ts';
import { removeAt } from '../disk/removal.ts';
import { asSyncError } from '../disk/system_errors.ts';
import { checkBackupDescription, MAX_DOCUMENT_BYTES, parseBytes, parseDocument } from '../documents/documents.ts';
import { bytesAt, filesBelow, isPlainFile, isThere, namesIn } from '../paths/entries.ts';
import { leftFolders, makeOwnFolder } from '../temporary_folders/made_by_process.ts';

type Named = { id: string; form: BackupForm; path: string };

/** `size`: bytes on the disk. */
export type SoundBackup = Named & { size: number; description: BackupDescription; problem: null };

/** `problem`: why it cannot be used. */
export type StoredBackup = SoundBackup | (Named & { size: number; description: null; problem: string });

export const isSound = (backup: StoredBackup): backup is SoundBackup => backup.problem === null;

/** By its name alone; null where that is no backup's. */
export function backupNamed(place: string): Named | null {
  const parsed = parseBackupName(path.basename(place));
  return parsed && { ...parsed, path: place };
}

/** Newest first. */
export const backupsNamed = (folder: string): Named[] =>
  namesIn(folder)
    .sort()
    .reverse()
    .flatMap((name) => backupNamed(path.join(folder, name)) ?? []);

/** Newest first, as far as each can be read. */
export async function listBackups(folder: string): Promise<StoredBackup[]> {
  const found: StoredBackup[] = [];
  for (const named of backupsNamed(folder)) found.push(await readBackup(named));
  return found;
}

/** Its table of contents and description: whether something is missing shows, not whether a byte is another one. */
export async function readBackup(named: Named): Promise<StoredBackup> {
  try {
    const { description, files, bytes, size } = named.form === 'zip' ? await lookIntoZip(named.path) : lookInto(named.path);
    if (files !== description.files || bytes !== description.bytes)
      throw notWhole(named.path, `${files} of ${description.files} files, ${bytes} of ${description.bytes} bytes are there`);
    return { ...named, size, description, problem: null };
  } catch (error) {
    const known = asSyncError(error);
    if (!known) throw error;
    return { ...named, size: bytesAt(named.path), description: null, problem: known.message };
  }
}

type Contents = { description: BackupDescription; files: number; bytes: number; size: number };

function lookInto(folder: string): Contents {
  const place = path.join(folder, ...DESCRIPTION.split('/'));
  if (!isPlainFile(place)) throw notWhole(folder, `${DESCRIPTION} is missing`);
  const sizes = filesBelow(folder).map((file) => fs.lstatSync(file).size);
  const own = fs.lstatSync(place).size;
  const size = sizes.reduce((sum, one) => sum + one, 0);
  const description = checkBackupDescription(parseDocument(place), place);
  return { description, files: sizes.length - 1, bytes: size - own, size };
}

async function lookIntoZip(file: string): Promise<Contents> {
  const { content, files, bytes } = await readFromArchive(file, DESCRIPTION, MAX_DOCUMENT_BYTES);
  if (!content) throw notWhole(file, `${DESCRIPTION} is missing`);
  const description = checkBackupDescription(parseBytes(content, file), file);
  return { description, files: files - 1, bytes: bytes - content.length, size: bytesAt(file) };
}

const notWhole = (where: string, why: string): SyncError =>
  new SyncError('backup_damaged', `The backup is not whole: ${why}.`, { where });

export const BUILDING = 'codex-session-sync-building';
const REMOVING = 'codex-session-sync-removing';

/** Each is there whole or gone: it leaves its name before anything of it goes. */
export function removeBackup(folder: string, backup: Named): void {
  const own = makeOwnFolder(folder, REMOVING);
  const place = path.join(own, path.basename(backup.path));
  moveFile(backup.path, place);
  removeAt(own);
}

/** Of runs that were killed. One with anything in it but a backup may be somebody's. */
export function removeLeft(folder: string): void {
  for (const left of [BUILDING, REMOVING].flatMap((what) => leftFolders(folder, what)))
    if (fs.readdirSync(left).every((name) => isOfBackup(path.join(left, name)))) removeAt(left);
}

const isOfBackup = (place: string): boolean => {
  const named = backupNamed(place);
  return named !== null && isThere(place) && (named.form === 'zip' || fs.readdirSync(place).every(isPackageEntry));
};
