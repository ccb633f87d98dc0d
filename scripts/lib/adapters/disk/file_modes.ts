// Who may read what we make. Journals and the sidecar hold what was said, so nobody but their owner may look into them.

import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../domain/codes/system_code.ts';

/**
 * Who may read a new file: `private` this user alone, whatever the umask; `as_codex` whom the umask lets, as in all that Codex makes (0.117 to
 * 0.171); or those of the file whose place it takes.
 */
export type Readers = 'private' | 'as_codex' | { like: string };

const PRIVATE_FILE = 0o600;

export const PRIVATE_FOLDER = 0o700;

export const hasModes = process.platform !== 'win32';

export function openNew(file: string, readers: Readers): number {
  if (readers === 'as_codex') return fs.openSync(file, 'wx', 0o666);
  const handle = fs.openSync(file, 'wx', PRIVATE_FILE);
  if (hasModes) giveTo(handle, readers);
  return handle;
}

/** A file that root writes stays that of its user. */
function giveTo(handle: number, readers: Exclude<Readers, 'as_codex'>): void {
  if (readers === 'private') return unlessUnknown(() => fs.fchmodSync(handle, PRIVATE_FILE));
  const { mode, uid, gid } = fs.statSync(readers.like);
  const own = fs.fstatSync(handle);
  if (own.uid !== uid || own.gid !== gid) unlessUnknown(() => fs.fchownSync(handle, uid, gid));
  unlessUnknown(() => fs.fchmodSync(handle, mode & 0o777));
}

/** Some file systems have no modes, and only root gives files away. */
export function unlessUnknown(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!['EPERM', 'EACCES', 'EROFS', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'].includes(systemCode(error))) throw error;
  }
}

/** Empty, and for this user alone. */
export const makePrivateFile = (file: string): void => fs.closeSync(openNew(file, 'private'));

/** Whether others than its owner may look at what lies there; links are not followed. */
export function isOpenToOthers(place: string): boolean {
  const stat = hasModes ? fs.lstatSync(place, { throwIfNoEntry: false }) : undefined;
  return stat !== undefined && !stat.isSymbolicLink() && (stat.mode & 0o077) !== 0;
}

/** Takes a place away from all but its owner, where this user may. */
export function closeToOthers(place: string): void {
  if (isOpenToOthers(place))
    unlessUnknown(() => fs.chmodSync(place, fs.lstatSync(place).isDirectory() ? PRIVATE_FOLDER : PRIVATE_FILE));
}

const foldersOf = (home: string): string[] => ['sync-journal', 'sync-sidecar'].map((name) => path.join(home, name));

/** Those folders of ours that others may look into. What lies in one that is closed nobody reaches, whatever its own mode. */
export const openFolders = (home: string): string[] => foldersOf(home).filter(isOpenToOthers);

/** The folder first, and all in it once: later runs find the folder closed. */
export function closeFolders(home: string): void {
  for (const folder of openFolders(home)) {
    closeToOthers(folder);
    if (isOpenToOthers(folder)) continue;
    for (const entry of fs.readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (entry.isFile() || entry.isDirectory()) closeToOthers(path.join(entry.parentPath, entry.name));
    }
  }
}
