// Windows and macOS show nobody's locks: to know of one is to try it, as Codex does. Of open files each has its own way to tell.

import fs from 'node:fs';
import { systemCode } from '../../domain/codes/system_code.ts';
import { loadFileLock, NATIVE, type Native } from '../locks/file_lock.ts';
import { coordinatedLook, type FileLock, lockFile, locksFolder } from '../locks/lock_files.ts';
import { isSharingRefusal } from '../open_files/sharing.ts';
import type { HolderProbe, Sign } from './holder_probe.ts';
import { openFilesByLsof } from './open_files_lsof.ts';
import { openFilesOnWindows } from './open_files_windows.ts';

/** Milliseconds that one look waits in all while others have the coordination, and for one thread at least. Who keeps it longer counts as a holder. */
const PATIENCE = { inAll: 1000, atLeast: 50 };

export function nativeProbe(home: string, native: Native = NATIVE, ...lsof: Parameters<typeof openFilesByLsof>): HolderProbe {
  const folder = locksFolder(home);
  const lock = fs.existsSync(folder) ? loadFileLock(native) : null;
  const open = native.platform === 'win32' ? openFilesOnWindows(native) : openFilesByLsof(...lsof);
  let patience = PATIENCE.inAll;
  const signOf: HolderProbe['signOf'] = (threadId, rollout, isOurs) => {
    const ofFile = (): Sign | null => (rollout !== null && open.has(rollout) ? 'file' : null);
    if (lock === null || 'missing' in lock || isOurs) return ofFile();
    // A Codex that opens the thread waits meanwhile, so that trying its files never gets into its way.
    const seen = coordinatedLook(lock, folder, patience, () => (isTaken(lock, lockFile(folder, threadId)) ? 'lock' : ofFile()));
    if (seen) return seen.is;
    patience = PATIENCE.atLeast;
    return 'lock';
  };
  // A loaded thread has its rollout open in every Codex: without the lock less can be prevented, not less seen.
  return { signOf, blind: open.blind && `not every session that a running Codex has open is seen: ${open.blind}` };
}

function isTaken(lock: FileLock, file: string): boolean {
  const descriptor = openToTry(file);
  if (typeof descriptor === 'boolean') return descriptor;
  let close = (): void => fs.closeSync(descriptor);
  try {
    if (lock.take(descriptor) === 'held') return true;
    close = () => lock.close(descriptor);
    return false;
  } finally {
    close();
  }
}

/** Or whether it is taken: on Windows a file cannot be opened that was removed and that somebody still has. */
function openToTry(file: string): number | boolean {
  try {
    return fs.openSync(file, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    if (isSharingRefusal(error)) return true;
    throw error;
  }
}
