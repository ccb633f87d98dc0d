// Folders and their entries, durable when the call returns: what is moved into a folder is lost with its entry.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';
import { withHandle } from '../open_files/handles.ts';
import { onceShared } from '../open_files/sharing.ts';
import { exists, isThere } from '../paths/entries.ts';
import { PRIVATE_FOLDER } from './file_modes.ts';
import { removeAt } from './removal.ts';

/** With those above it that are missing. All are on the disk when this returns: what is moved into a folder is lost with its entry. */
export function makeFolder(folder: string, readers: 'private' | 'as_codex' = 'as_codex'): void {
  const missing = missingFolders(folder);
  makeFolders(folder, readers === 'private' ? PRIVATE_FOLDER : 0o777);
  for (const made of missing.length > 0 ? missing : [folder]) syncFolder(path.dirname(made));
}

/** Node's own call for nested folders says ENOENT whatever the system has said; one folder at a time says why. */
export function makeFolders(folder: string, mode: number): void {
  try {
    fs.mkdirSync(folder, { recursive: true, mode });
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    for (const missing of missingFolders(folder)) fs.mkdirSync(missing, { mode });
  }
}

/** The folders on the way to `folder` that do not exist, outermost first. */
export function missingFolders(folder: string): string[] {
  const missing: string[] = [];
  for (let at = folder; !isThere(at) && path.dirname(at) !== at; at = path.dirname(at)) missing.unshift(at);
  return missing;
}

/** Removes a folder of ours that nobody has put anything into; anything else stays, and is not touched: its place may be read-only. */
export function removeEmptyFolder(folder: string): void {
  try {
    if (fs.readdirSync(folder).length > 0) return;
    onceShared(() => fs.rmdirSync(folder));
    syncFolder(path.dirname(folder));
  } catch (error) {
    const code = systemCode(error);
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(code)) throw error;
  }
}

/** Files of one folder, which may not be there, nor the folder; that they are gone is on the disk when this returns. */
export function removeFiles(files: string[]): void {
  for (const file of files) removeAt(file);
  const folder = path.dirname(files[0] as string);
  if (exists(folder)) syncFolder(folder);
}

/** Renames and syncs both folders. */
export function moveFile(from: string, to: string): void {
  try {
    onceShared(() => fs.renameSync(from, to));
  } catch (error) {
    throw systemCode(error) === 'EXDEV' ? onAnotherDisk(to, error) : error;
  }
  syncFolder(path.dirname(to));
  if (path.dirname(from) !== path.dirname(to)) syncFolder(path.dirname(from));
}

/** A folder of the home that is a link to another disk: no move there happens as a whole or not at all. */
const onAnotherDisk = (where: string, cause: unknown): SyncError =>
  new SyncError('configuration', 'Part of the Codex home is on another disk, and files cannot be moved there in one step.', {
    where,
    hint: 'move the whole home there and point CODEX_HOME (or a link ~/.codex) to it',
    cause,
  });

/** Makes an entry of a folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  withHandle(fs.openSync(folder, 'r'), (handle) => fs.fsyncSync(handle));
}

/** The same for every folder below this one, and for it. */
export function syncFolders(root: string): void {
  const entries = fs.readdirSync(root, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(entry.parentPath, entry.name));
  for (const folder of [...folders, root]) syncFolder(folder);
}
