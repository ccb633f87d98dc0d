// A state database that another tool made: Codex 0.145+ finds its table but none of its migrations, and does not start.

import fs from 'node:fs';
import type { Operation } from '../domain/operation.ts';
import { type CodexHome, databaseFile } from './codex_home.ts';
import { digestFile, statFile } from './disk.ts';
import { columnsOf, openForReading } from './sqlite.ts';

export function isHandMade(home: CodexHome): boolean {
  const database = openForReading(databaseFile(home, 'state'));
  if (!database) return false;
  try {
    return columnsOf(database, 'threads').length > 0 && columnsOf(database, '_sqlx_migrations').length === 0;
  } finally {
    database.close();
  }
}

/** The database with its log, taken into the transaction's folder; the log first, so that no database is ever left beside a foreign one. */
export function setAside(home: CodexHome): Operation[] {
  const file = databaseFile(home, 'state');
  return ['-shm', '-wal', '-journal', ''].flatMap((ending): Operation[] => {
    const path = `${file}${ending}`;
    const stat = fs.existsSync(path) ? statFile(path) : null;
    if (!stat) return [];
    const before = { size: stat.size, mtime: stat.mtime, digest: digestFile(path) };
    return [{ kind: 'remove_file', path, kept: `backups/state_5.sqlite${ending}`, before }];
  });
}
