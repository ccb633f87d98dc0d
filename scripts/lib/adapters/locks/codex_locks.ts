// Codex's own locks (0.147+): a flock on thread-writer-locks/<thread id>.lock, which a process has while the thread is loaded. Whoever makes
// or removes such a file holds .coordination.lock meanwhile, Codex and we alike (seen with strace, 0.153.4 and 0.169.0).

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { removeAt } from '../disk/removal.ts';
import { pause } from '../run/interruption.ts';
import { trace } from '../run/trace.ts';
import { type Flock, loadFlock, whyNoFlock } from './flock.ts';

export type CodexLocks = {
  /** The threads that no Codex can open until `release`. */
  threads: ReadonlySet<string>;
  /** Why they are none although Codex has such locks here. */
  missing: string | null;
  release(): void;
};

/** Milliseconds. Codex has the coordination for less than one, and it may wait for ours no longer than its users do. */
const COORDINATION_PATIENCE = 2000;

const locksFolder = (home: string): string => path.join(home, 'thread-writer-locks');

/** What to say before anything is written: Codex has locks here, and this process could not hold them. */
export function warnOfLocks(home: string): string[] {
  const missing = fs.existsSync(locksFolder(home)) ? whyNoFlock() : null;
  return missing ? [lockWarning(missing)] : [];
}

export const lockWarning = (missing: string): string => `Codex's locks cannot be held: ${missing}; close Codex before you sync`;

/** All of these threads, or an error `session_busy`. Nothing is held where this Codex has no such locks, or where they cannot be taken. */
export function lockThreads(home: string, threadIds: readonly string[], findFlock = () => loadFlock()): CodexLocks {
  const folder = locksFolder(home);
  if (threadIds.length === 0 || !fs.existsSync(folder)) return heldBy(() => {}, []);
  const flock = findFlock();
  if ('missing' in flock) return heldBy(() => {}, [], flock.missing);
  const open = new Map<string, number>();
  const release = () => releaseAll(flock, folder, open);
  try {
    const isDone = coordinated(flock, folder, () => {
      for (const id of threadIds) open.set(lockFile(folder, id), lockOne(flock, folder, id));
    });
    if (!isDone) throw busy('Codex keeps opening or closing sessions.', folder);
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

const lockFile = (folder: string, threadId: string): string => path.join(folder, `${threadId}.lock`);

function lockOne(flock: Flock, folder: string, threadId: string): number {
  const descriptor = fs.openSync(lockFile(folder, threadId), 'a', 0o644);
  try {
    if (flock(descriptor) === 'taken') return descriptor;
  } catch (error) {
    fs.closeSync(descriptor);
    throw error;
  }
  fs.closeSync(descriptor);
  throw busy('A session cannot be written: a running Codex has it open.', threadId);
}

const busy = (message: string, where: string): SyncError => new SyncError('session_busy', message, { where });

/** False where somebody kept the coordination; then nothing was done. */
function coordinated(flock: Flock, folder: string, work: () => void): boolean {
  const descriptor = fs.openSync(path.join(folder, '.coordination.lock'), 'a', 0o644);
  try {
    const end = performance.now() + COORDINATION_PATIENCE;
    while (flock(descriptor) === 'held') {
      if (performance.now() > end) return false;
      pause(5);
    }
    work();
    return true;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** What was done is done: a lock file in nobody's way is no reason to fail, and Codex removes those that it finds. */
function releaseAll(flock: Flock, folder: string, open: Map<string, number>): void {
  if (open.size === 0) return;
  try {
    coordinated(flock, folder, () => {
      for (const file of open.keys()) removeAt(file);
    });
  } catch {
    // The files stay, empty.
  } finally {
    for (const descriptor of open.values()) fs.closeSync(descriptor);
    open.clear();
  }
}
