// Codex's own locks (0.147+), taken by us: one on thread-writer-locks/<thread id>.lock, which a process has while the thread is loaded.

import fs from 'node:fs';
import { SyncError } from '../../domain/codes/errors.ts';
import { removeAt } from '../disk/removal.ts';
import { checkedHandle } from '../open_files/handles.ts';
import { onceShared } from '../open_files/sharing.ts';
import { trace } from '../run/trace.ts';
import { loadFileLock, whyNoFileLock } from './file_lock.ts';
import { coordinated, type FileLock, lockFile, locksFolder, openLockFile } from './lock_files.ts';

export type CodexLocks = {
  /** The threads that no Codex can open until `release`. */
  threads: ReadonlySet<string>;
  /** Why they are none although Codex has such locks on this machine. */
  missing: string | null;
  release(): void;
};

/** Milliseconds. Codex has the coordination for less than one, and it may wait for ours no longer than its users do. */
const COORDINATION_PATIENCE = 2000;

/** What to say before anything is written: Codex has locks on this machine, and this process could not hold them. */
export function warnOfLocks(home: string): string[] {
  const missing = fs.existsSync(locksFolder(home)) ? whyNoFileLock() : null;
  return missing ? [lockWarning(missing)] : [];
}

export const lockWarning = (missing: string): string => `Codex's locks cannot be held: ${missing}; close Codex before you sync`;

/** All of these threads, or an error `session_busy`. Nothing is held where this Codex has no such locks, or where they cannot be taken. */
export function lockThreads(home: string, threadIds: readonly string[], findLock = () => loadFileLock()): CodexLocks {
  const folder = locksFolder(home);
  if (threadIds.length === 0 || !fs.existsSync(folder)) return heldBy(() => {}, []);
  const lock = findLock();
  if ('missing' in lock) return heldBy(() => {}, [], lock.missing);
  const open = new Map<string, number>();
  const release = () => releaseAll(lock, folder, open);
  try {
    const done = coordinated(lock, folder, COORDINATION_PATIENCE, () => {
      for (const id of threadIds) open.set(lockFile(folder, id), lockOne(lock, folder, id));
    });
    if (!done) throw busy('Codex keeps opening or closing sessions.', folder);
    requireSpareDescriptors(folder);
    return heldBy(release, threadIds);
  } catch (error) {
    release();
    if (error instanceof SyncError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    return heldBy(() => {}, [], code === 'EMFILE' ? `${threadIds.length} sessions are too many at once` : message);
  }
}

/** A run that cannot open a file any more could not even undo itself. Databases, journal and a rollout need some ten. */
function requireSpareDescriptors(folder: string): void {
  const spare: number[] = [];
  try {
    while (spare.length < 64) spare.push(fs.openSync(folder, 'r'));
  } finally {
    for (const descriptor of spare) fs.closeSync(descriptor);
  }
}

function heldBy(release: () => void, threads: readonly string[], missing: string | null = null): CodexLocks {
  trace('locks', () => (missing ? `none held (${missing})` : `held of ${threads.join(', ') || 'no thread'}`));
  return { threads: new Set(threads), missing, release };
}

function lockOne(lock: FileLock, folder: string, threadId: string): number {
  // Windows refuses a file that somebody has removed and not closed yet.
  const opened = onceShared(() => openLockFile(lockFile(folder, threadId)));
  return checkedHandle(opened, (descriptor) => {
    if (lock.take(descriptor) === 'held') throw busy('A session cannot be written: a running Codex has it open.', threadId);
  });
}

const busy = (message: string, where: string): SyncError => new SyncError('session_busy', message, { where });

/** What was done is done: a lock file in nobody's way is no reason to fail, and Codex removes those that it finds. */
function releaseAll(lock: FileLock, folder: string, open: Map<string, number>): void {
  if (open.size === 0) return;
  const close = (file: string, descriptor: number): void => {
    open.delete(file);
    lock.close(descriptor);
  };
  try {
    coordinated(lock, folder, COORDINATION_PATIENCE, () => {
      // Closed first: on Windows a name is only free when nobody has the file open. Nobody takes it meanwhile.
      for (const [file, descriptor] of open) {
        close(file, descriptor);
        removeAt(file);
      }
    });
  } catch {
    // The files stay, empty.
  } finally {
    for (const [file, descriptor] of open) close(file, descriptor);
  }
}
