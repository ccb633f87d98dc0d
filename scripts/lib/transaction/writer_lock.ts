// One writer per Codex home. The lock is SQLite's own on an empty file in sync-journal/: it dies with its process, so no stale
// lock ever needs a human, and it needs no native code beyond the database's.

import fs from 'node:fs';
import path from 'node:path';
import { removeEmptyFolder } from '../adapters/disk.ts';
import { journalRoot } from '../adapters/journal_folder.ts';
import { type Database, lockDatabase } from '../adapters/sqlite.ts';
import { SyncError } from '../domain/errors.ts';

const LOCK = 'writer.lock';

export function withWriterLock<Result>(home: string, work: () => Result): Result {
  const root = journalRoot(home);
  const lock = acquire(root);
  try {
    return work();
  } finally {
    release(lock, root);
  }
}

/** A holder that ends takes file and folder away, perhaps just as we open them: then the next ones are tried. */
function acquire(root: string): Database {
  const file = path.join(root, LOCK);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    fs.mkdirSync(root, { recursive: true });
    const lock = lockDatabase(file, inodeOf);
    if (lock === 'busy') {
      throw new SyncError('another_sync_running', 'Another sync is writing to this Codex home.', {
        where: file,
        hint: 'wait for it to end, then run the same command again',
      });
    }
    if (lock !== 'gone') return lock;
  }
  throw new SyncError('configuration', 'The lock of this Codex home cannot be taken.', {
    where: file,
    hint: 'check that this user may write to the folder',
  });
}

const MOST_TRIES = 50;

const inodeOf = (file: string): number | null => fs.statSync(file, { throwIfNoEntry: false })?.ino ?? null;

/** The file goes while it is still held, and the folder after it where no journal is left. A file that stays is simply locked again. */
function release(lock: Database, root: string): void {
  const tries = [() => fs.rmSync(path.join(root, LOCK), { force: true }), () => lock.close(), () => removeEmptyFolder(root)];
  for (const attempt of tries) {
    try {
      attempt();
    } catch {
      // What was done is done; a lock file in nobody's way is no reason to fail.
    }
  }
}
