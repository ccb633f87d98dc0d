// Folders in which an archive is unpacked, or a database copied, for one run: in a temporary folder of the system, for this user alone, gone
// with their process.

import { type ChildProcess, spawn } from 'node:child_process';
import os from 'node:os';
import { SyncError } from '../../domain/codes/errors.ts';
import { removeAt } from '../disk/removal.ts';
import { asSyncError } from '../disk/system_errors.ts';
import { freeBytes } from '../disk/volume.ts';
import { isWritable } from '../disk/write_access.ts';
import { leftFolders, makeOwnFolder } from './made_by_process.ts';

const UNPACKED = 'codex-session-sync-unpacked';

/** Empty, and removed when this process ends, however it ends; `remove` is for when it is not needed any more. */
export function makeUnpackFolder(place = os.tmpdir()): { path: string; remove(): void } {
  const folder = makePrivate(place);
  const letGo = removeWithProcess(folder);
  return {
    path: folder,
    remove() {
      removeUnpackFolder(folder);
      letGo();
    },
  };
}

/** What names the temporary folder. */
export const TEMPORARY = process.platform === 'win32' ? 'TEMP' : 'TMPDIR';

/** Where the user says, else on a disk: the system's temporary folder is often memory. */
const PLACES = (): string[] => [
  ...new Set([
    ...(process.env[TEMPORARY] ? [os.tmpdir()] : []),
    ...(process.platform === 'win32' ? [] : ['/var/tmp']),
    os.tmpdir(),
  ]),
];

/** The first place with room for so many bytes. */
export function placeForTemporary(bytes: number): string {
  const places = PLACES().filter(isWritable);
  const found = places.find((place) => (freeBytes(place) ?? bytes) >= bytes);
  if (found !== undefined || places.length === 0) return found ?? os.tmpdir();
  throw new SyncError('no_space', `No temporary folder has ${Math.ceil(bytes / 1e6)} MB free for a copy of a database.`, {
    where: places.join(', '),
    hint: `set ${TEMPORARY} to a folder with enough space, or free some space`,
  });
}

function makePrivate(place: string): string {
  try {
    return makeOwnFolder(place, UNPACKED);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new SyncError(
      (isMissing ? null : asSyncError(error)?.code) ?? 'configuration',
      `The temporary folder does not allow a new folder (${code}).`,
      {
        where: place,
        hint: `set ${TEMPORARY} to a folder that this user may write to`,
        cause: error,
      },
    );
  }
}

/** A command that has done its work has not failed where a scanner holds a file of it: `doctor` names the folder, a later run removes it. */
export function removeUnpackFolder(folder: string): void {
  try {
    removeAt(folder);
  } catch {
    // It stays.
  }
}

const WATCHER = `process.stdin.resume().on('close', () => require('fs').rmSync(process.argv[1], { recursive: true, force: true }))`;

/**
 * No handler of ours runs while a plan is made or executed, nor at a kill -9. So another process waits for the pipe between them to
 * end. It has its own session: Ctrl-C in a terminal goes to all of the foreground.
 */
function removeWithProcess(folder: string): () => void {
  const watcher = startWatcher(folder);
  watcher?.on('error', () => {});
  watcher?.stdin?.on('error', () => {});
  watcher?.unref();
  return () => watcher?.stdin?.destroy();
}

/** Null where none may be started, as in some sandboxes: what is left over then is found by its name. */
function startWatcher(folder: string): ChildProcess | null {
  const env = { ...process.env, NODE_OPTIONS: '' };
  try {
    return spawn(process.execPath, ['-e', WATCHER, folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: os.tmpdir(),
      detached: true,
      windowsHide: true,
      env,
    });
  } catch {
    return null;
  }
}

/** Those of processes that ended without their watcher, as after a power cut. */
export const leftUnpackFolders = (): string[] => PLACES().flatMap((place) => leftFolders(place, UNPACKED));
