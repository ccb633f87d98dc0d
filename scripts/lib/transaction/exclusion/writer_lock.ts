// One writer per Codex home. The lock is SQLite's own on an empty file in sync-journal/: it dies with its process, so no stale
// lock ever needs a human, and it needs no native code beyond the database's.

import fs from 'node:fs';
import path from 'node:path';
import { makePrivateFile } from '../../adapters/disk/file_modes.ts';
import { makeFolders, removeEmptyFolder } from '../../adapters/disk/folders.ts';
import { removeAt } from '../../adapters/disk/removal.ts';
import { journalRoot } from '../../adapters/journal/journal_folder.ts';
import { beginChanges, pause, stopIfInterrupted } from '../../adapters/run/interruption.ts';
import { trace } from '../../adapters/run/trace.ts';
import { lockDatabase } from '../../adapters/sqlite/sqlite.ts';
import { connect, type Database } from '../../adapters/sqlite/sqlite_connection.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';

const LOCK = 'writer.lock';

/** `waitSeconds`: how long to wait for another sync to end. */
export function withWriterLock<Result>(home: string, work: () => Result, waitSeconds = 0): Result {
  const root = journalRoot(home);
  beginChanges();
  const lock = acquire(root, waitSeconds);
  trace('locks', () => `writer lock of ${home} taken`);
  try {
    return work();
  } finally {
    release(lock, root);
    trace('locks', () => `writer lock of ${home} given back`);
  }
}

/** The same lock in another folder, for work that waits: one run of an exchange at a time, which publishes beside what it writes into the home. */
export async function whileLocked<Result>(folder: string, work: () => Promise<Result>, waitSeconds = 0): Promise<Result> {
  const lock = acquire(folder, waitSeconds);
  try {
    return await work();
  } finally {
    release(lock, folder);
  }
}

/** A holder that ends removes file and folder, perhaps just as we open them; then we try again. */
function acquire(root: string, waitSeconds: number): Database {
  const file = path.join(root, LOCK);
  const end = performance.now() + waitSeconds * 1000;
  let why: unknown = null;
  // Where the native module does not load, nothing is made.
  connect(':memory:').close();
  for (let tries = 0; tries < MOST_TRIES; ) {
    makeFolders(root, 0o700);
    const unmade = makeEmpty(file);
    const lock = unmade ? { why: unmade } : lockDatabase(file, inodeOf);
    if (lock === 'broken') {
      tries++;
      removeAt(file);
    } else if (lock !== 'busy' && 'why' in lock) {
      tries++;
      why = lock.why;
    } else if (lock !== 'busy') return signed(lock, root);
    else if (performance.now() >= end) throw anotherIsRunning(root);
    else {
      stopIfInterrupted();
      pause(100);
    }
  }
  // The same error every time is no race: the disk is read-only or full, or a sandbox forbids it.
  if (why instanceof Error) throw why;
  throw notTaken(file);
}

/**
 * SQLite would create it with the umask's mode, and through a link. Why there is none: SQLite only says later that it cannot open it. Null also
 * where a holder that ends has removed the folder meanwhile, or somebody else has made the file.
 */
function makeEmpty(file: string): unknown {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat && !stat.isFile()) throw notTaken(file);
  try {
    if (!stat) makePrivateFile(file);
    return null;
  } catch (error) {
    return ['ENOENT', 'EEXIST'].includes(systemCode(error)) ? null : error;
  }
}

const notTaken = (where: string): SyncError =>
  new SyncError('configuration', 'The lock of this Codex home cannot be taken.', {
    where,
    hint: 'check that this user may write to the folder',
  });

const MOST_TRIES = 50;

const PID = 'writer.pid';

/** Nobody can read a file that SQLite has locked, so the pid is in a file beside it. It is for people only; the lock does not need it. */
function signed(lock: Database, root: string): Database {
  try {
    writePid(path.join(root, PID));
  } catch {
    // Then others are not told the pid.
  }
  return lock;
}

/** Never writes into a link, or into a file of that name that somebody else has made. */
function writePid(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false })) {
    if (!isPidFile(file)) return;
    removeAt(file);
  }
  makePrivateFile(file);
  fs.writeFileSync(file, `${process.pid}\n`);
}

/** A power cut leaves NULs where the digits were to be. */
const isPidFile = (file: string): boolean =>
  fs.lstatSync(file).isFile() && /^[\d\0]*\n?$/.test(fs.readFileSync(file, 'utf8').slice(0, 20));

function anotherIsRunning(root: string): SyncError {
  const pid = readPid(path.join(root, PID));
  return new SyncError('another_sync_running', `Another sync${pid ? ` (pid ${pid})` : ''} is writing to this Codex home.`, {
    where: path.join(root, LOCK),
  });
}

function readPid(file: string): string | null {
  try {
    return /^\d+/.exec(fs.readFileSync(file, 'utf8'))?.[0] ?? null;
  } catch {
    return null;
  }
}

const inodeOf = (file: string): number | null => fs.statSync(file, { throwIfNoEntry: false })?.ino ?? null;

/**
 * The file goes while it is still held, then the folder if it is empty. A file that stays is simply locked again. Windows removes none that
 * SQLite has open: there it goes afterwards, unless the next holder has opened it by then.
 */
function release(lock: Database, root: string, platform = process.platform): void {
  const pid = path.join(root, PID);
  const removeLock = (): void => removeAt(path.join(root, LOCK));
  const close = (): unknown => lock.close();
  const ends = platform === 'win32' ? [close, removeLock] : [removeLock, close];
  for (const attempt of [() => isPidFile(pid) && removeAt(pid), ...ends, () => removeEmptyFolder(root)]) {
    try {
      attempt();
    } catch {
      // The work is done; a lock file that stays hinders nobody.
    }
  }
}
