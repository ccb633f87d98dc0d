// Steps 3 and 4 of a transaction: the operations, one after the other; the rows of each database in one SQLite transaction.

import fs from 'node:fs';
import path from 'node:path';
import {
  appendFrom,
  closeToOthers,
  copyTail,
  isThere,
  makeFolder,
  moveFile,
  removeEmptyFolder,
  statFile,
  syncFolder,
  truncateFile,
} from '../adapters/disk/disk.ts';
import type { JournaledOperation, JournalFolder } from '../adapters/journal/journal_folder.ts';
import { upgradeSidecar } from '../adapters/sqlite/sidecar_database.ts';
import { deleteRow, insertRow, openForWriting, selectRows, updateRow } from '../adapters/sqlite/sqlite.ts';
import { type Database, orLocked } from '../adapters/sqlite/sqlite_connection.ts';
import { SyncError } from '../domain/codes/errors.ts';
import { type DatabaseName, isSameCell, type Operation, type Row, type RowOperation } from '../domain/operation/operation.ts';
import { addIndexLines, removeIndexLines } from './index_file.ts';

export type IndexOperation = Extract<Operation, { kind: 'index_entry' }>;
type FileOperation = Exclude<Operation, RowOperation | IndexOperation>;
export type FindDatabase = (name: DatabaseName) => string;

export function applyFileOperation(operation: FileOperation, journal: JournalFolder): void {
  switch (operation.kind) {
    case 'make_directory':
      return makeFolder(operation.path);
    case 'remove_directory':
      return removeEmptyFolder(operation.path);
    case 'create_database':
      closeToOthers(path.dirname(operation.path));
      return moveFile(journal.file(operation.staged), operation.path);
    case 'create_file':
      if (isThere(operation.path)) throw changed(operation.path, 'a file has appeared where one was to be created');
      return moveFile(journal.file(operation.staged), operation.path);
    case 'remove_file':
      requireSize(operation.path, operation.before.size);
      return moveFile(operation.path, journal.file(operation.kept));
    case 'move_file':
      if (isThere(operation.to)) throw changed(operation.to, 'a file has appeared where one was to be moved');
      return moveFile(operation.path, operation.to);
    case 'append_file':
      requireSize(operation.path, operation.before.size);
      return appendFrom(journal.file(operation.staged), operation.path, operation.before.size, operation.after.mtime);
    case 'truncate_file':
      return cutOff(operation, journal);
    default:
      return operation satisfies never;
  }
}

/** Invariant 1: bytes are kept aside before they are cut off. */
function cutOff(operation: Extract<Operation, { kind: 'truncate_file' }>, journal: JournalFolder): void {
  const kept = journal.file(operation.kept);
  fs.rmSync(kept, { force: true });
  copyTail(operation.path, operation.after.size, kept);
  syncFolder(path.dirname(kept));
  truncateFile(operation.path, operation.after.size, operation.after.mtime);
}

function requireSize(file: string, size: number): void {
  if (statFile(file)?.size !== size) throw changed(file, 'the session has changed while the plan was carried out');
}

const changed = (where: string, message: string): SyncError =>
  new SyncError('stale_plan', `${message.charAt(0).toUpperCase()}${message.slice(1)}.`, {
    where,
    hint: 'run the same command again: the plan will be made anew',
  });

/** All lines of a run at once: one after the other, each would cost as much as all of them. */
export function applyIndex(operations: IndexOperation[], journal: JournalFolder): void {
  for (const [file, { add, remove }] of byIndex(operations)) {
    if (remove.length > 0) removeIndexLines(file, remove, journal.file('session_index'));
    if (add.length > 0) addIndexLines(file, add);
  }
}

type Lines = Record<IndexOperation['action'], IndexOperation[]>;

export function byIndex(operations: IndexOperation[]): Map<string, Lines> {
  const files = new Map<string, Lines>();
  for (const operation of operations) {
    const lines = files.get(operation.path) ?? { add: [], remove: [] };
    lines[operation.action].push(operation);
    files.set(operation.path, lines);
  }
  return files;
}

export const indexOf = (operations: JournaledOperation[]): IndexOperation[] =>
  operations.flatMap(({ operation }) => (operation.kind === 'index_entry' ? [operation] : []));

/** In the order in which they are written. */
export const DATABASES: readonly DatabaseName[] = ['state', 'history', 'goals', 'sidecar'];

export const rowsOf = (operations: JournaledOperation[], database: DatabaseName): RowOperation[] =>
  operations.flatMap(({ operation }) => (operation.kind === 'row' && operation.database === database ? [operation] : []));

/** All rows of one database, or none. `written` gets its name where they are in it, or where nobody can tell. */
export function applyRows(
  database: DatabaseName,
  operations: RowOperation[],
  find: FindDatabase,
  written: Set<DatabaseName>,
): void {
  if (operations.length === 0) return;
  const work = (open: Database): void => {
    if (database === 'sidecar') upgradeSidecar(open);
    for (const operation of operations) applyRow(open, operation);
    written.add(database);
  };
  try {
    withDatabase(find(database), work);
  } catch (error) {
    // SQLite was turned away: nothing of it is written.
    if (isLocked(error)) written.delete(database);
    throw error;
  }
}

const isLocked = (error: unknown): boolean => error instanceof SyncError && error.code === 'database_locked';

/** An error where somebody else holds a database that these operations write; any other fault of one shows when it is written. */
export function requireUnlocked(operations: JournaledOperation[], find: FindDatabase): void {
  // What lies in the place of one that the run makes is put aside as it is.
  const made = new Set(operations.map(({ operation }) => (operation.kind === 'create_database' ? operation.path : null)));
  for (const database of DATABASES.filter((name) => rowsOf(operations, name).length > 0)) {
    const file = find(database);
    if (made.has(file)) continue;
    try {
      withDatabase(file, () => {});
    } catch (error) {
      if (isLocked(error)) throw error;
    }
  }
}

export function withDatabase(file: string, work: (database: Database) => void): void {
  const database = openForWriting(file);
  try {
    orLocked(database, () => database.exec('BEGIN IMMEDIATE'));
    work(database);
    orLocked(database, () => database.exec('COMMIT'));
  } finally {
    database.close();
  }
}

function applyRow(open: Database, { database, table, key, before, after }: RowOperation): void {
  if (after === null) return deleteRow(open, table, key);
  const current = selectRows(open, table, key)[0];
  const where = `table ${table}, ${JSON.stringify(key)}`;
  // The sidecar is knowledge, not truth (invariant 5): one that was lost since is filled again.
  if (!current && before !== null && database !== 'sidecar')
    throw changed(where, 'a row has gone while the plan was carried out');
  // A running Codex may have indexed the new rollout by itself in the meantime; ours is the fuller row.
  if (!current) return insertRow(open, table, after);
  if (before === null && table === 'thread_goals') throw changed(where, 'a goal was set while the plan was carried out');
  const changes = changesBetween(before ?? {}, after);
  const isStale = before !== null && Object.keys(changes).some((column) => !isSameCell(current[column], before[column]));
  if (isStale) throw changed(where, 'a row has changed while the plan was carried out');
  updateRow(open, table, key, changes);
}

export const changesBetween = (before: Row, after: Row): Row =>
  Object.fromEntries(Object.entries(after).filter(([column, cell]) => !isSameCell(before[column], cell)));
