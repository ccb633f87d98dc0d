// Takes a hot transaction back, operation by operation, last one first. Every step looks at what is there, so it may have been done
// before, half done, or not at all: undoing twice is undoing once.

import fs from 'node:fs';
import { appendFrom, digestFile, moveFile, removeEmptyFolder, statFile, truncateFile } from '../adapters/disk.ts';
import type { JournaledOperation, JournalFolder } from '../adapters/journal_folder.ts';
import { type Database, deleteRow, insertRow, openForReading, selectRows, updateRow } from '../adapters/sqlite.ts';
import { SyncError } from '../domain/errors.ts';
import type { DatabaseName, Operation, Row, RowOperation } from '../domain/operation.ts';
import { changesBetween, DATABASES, type FindDatabase, isSameCell, rowsOf, withDatabase } from './apply.ts';
import { addIndexLine, removeIndexLine } from './index_file.ts';

/**
 * Undoing is recovery while the process still lives; both come here. A session with a file that somebody went on with stays as it is, rows
 * too; all others go back. Then the journal is left with that session and with what belongs to the whole run, and the error names the files.
 */
export function undoAll(operations: JournaledOperation[], journal: JournalFolder, find: FindDatabase): void {
  const blockedFiles = new Map<string | null, SyncError>();
  const isLeft = ({ thread_id, operation }: JournaledOperation): boolean =>
    blockedFiles.has(thread_id) || (blockedFiles.size > 0 && thread_id === null && !isFolder(operation));
  for (const entry of operations.toReversed()) {
    if (entry.operation.kind === 'row' || isLeft(entry)) continue;
    const error = undoUnlessBlocked(entry.operation, journal);
    if (error) blockedFiles.set(entry.thread_id, error);
  }
  const undone = operations.filter((entry) => !isLeft(entry));
  // With a database that the run made its rows went; what lies in its place now is what was put aside before.
  const isOwn = (file: string): boolean =>
    undone.some(({ operation }) => operation.kind === 'create_database' && operation.path === file);
  for (const database of DATABASES.toReversed())
    if (!isOwn(find(database))) undoRows(database, rowsOf(undone, database).toReversed(), find);
  if (blockedFiles.size === 0) return;
  journal.replaceOperations(operations.filter(isLeft));
  throw blockedBy([...blockedFiles.values()]);
}

const isFolder = ({ kind }: Operation): boolean => kind === 'make_directory' || kind === 'remove_directory';

/** Each undo looks before it changes anything, so a blocked one has changed nothing. */
function undoUnlessBlocked(operation: FileOperation, journal: JournalFolder): SyncError | null {
  try {
    undoFileOperation(operation, journal);
    return null;
  } catch (error) {
    if (error instanceof SyncError && error.code === 'recovery_blocked') return error;
    throw error;
  }
}

type FileOperation = Exclude<Operation, RowOperation>;

/** Whether undoing would change a rollout or another file of the home; most operations of an interrupted run were never done. */
export function wouldUndo({ operation }: JournaledOperation, journal: JournalFolder): boolean {
  switch (operation.kind) {
    case 'create_file':
      return fs.existsSync(operation.path) && !fs.existsSync(journal.file(operation.staged));
    case 'remove_file':
      return fs.existsSync(journal.file(operation.kept));
    case 'move_file':
      return fs.existsSync(operation.to);
    case 'append_file':
    case 'truncate_file':
      return statFile(operation.path)?.size !== operation.before.size;
    default:
      return false;
  }
}

function undoFileOperation(operation: FileOperation, journal: JournalFolder): void {
  switch (operation.kind) {
    case 'make_directory':
      return removeEmptyFolder(operation.path);
    case 'remove_directory':
      fs.mkdirSync(operation.path, { recursive: true });
      return;
    case 'create_database':
      return undoCreateDatabase(operation, journal);
    case 'create_file':
      return undoCreate(operation, journal);
    case 'remove_file':
      return undoRemove(operation, journal);
    case 'move_file':
      return undoMove(operation);
    case 'append_file':
      return undoAppend(operation, journal);
    case 'truncate_file':
      return undoTruncate(operation, journal);
    case 'index_entry':
      return operation.action === 'add'
        ? removeIndexLine(operation.path, operation.line, journal.file('session_index'))
        : restoreIndexLine(operation.path, operation.line);
    default:
      return operation satisfies never;
  }
}

/** While it is still staged, what lies in its place is not ours: a damaged sidecar that was not put aside yet. */
function undoCreateDatabase(
  { path: file, staged }: Extract<Operation, { kind: 'create_database' }>,
  journal: JournalFolder,
): void {
  if (fs.existsSync(journal.file(staged))) return;
  for (const name of [file, `${file}-journal`]) fs.rmSync(name, { force: true });
}

/** Only the very bytes that we put there are moved away. */
function undoCreate(operation: Extract<Operation, { kind: 'create_file' }>, journal: JournalFolder): void {
  const now = statFile(operation.path);
  if (!now || fs.existsSync(journal.file(operation.staged))) return;
  if (now.size !== operation.after.size || digestFile(operation.path) !== operation.after.digest) throw blocked(operation.path);
  moveFile(operation.path, journal.file(operation.staged));
}

/** What was kept is never dropped with the journal: a file that somebody made in its place stops the recovery. */
function undoRemove({ path: file, kept }: Extract<Operation, { kind: 'remove_file' }>, journal: JournalFolder): void {
  if (!fs.existsSync(journal.file(kept))) return;
  if (fs.existsSync(file)) throw blocked(file, 'another file is in its place');
  moveFile(journal.file(kept), file);
}

function undoMove({ path: file, to }: Extract<Operation, { kind: 'move_file' }>): void {
  if (!fs.existsSync(to)) return;
  if (fs.existsSync(file)) throw blocked(file, 'another file is in its place');
  moveFile(to, file);
}

/**
 * What follows the old end must be a beginning of what we appended; anything else is not ours to cut. A file that is not there was not
 * moved there yet, or somebody has put it aside: nothing of ours is left in that place.
 */
function undoAppend(operation: Extract<Operation, { kind: 'append_file' }>, journal: JournalFolder): void {
  const { path: file, before, staged } = operation;
  const size = statFile(file)?.size;
  if (size === undefined) return;
  if (size < before.size) throw blocked(file);
  const ours = digestFile(journal.file(staged), 0, size - before.size);
  if (size > operation.after.size || digestFile(file, before.size, size) !== ours) throw blocked(file);
  truncateFile(file, before.size, before.mtime);
}

function undoTruncate(operation: Extract<Operation, { kind: 'truncate_file' }>, journal: JournalFolder): void {
  const kept = journal.file(operation.kept);
  const size = statFile(operation.path)?.size ?? 0;
  if (size === operation.before.size) return;
  if (size === 0) throw blocked(operation.path, `it is gone; its end lies in ${kept}`);
  if (size !== operation.after.size) throw blocked(operation.path);
  appendFrom(kept, operation.path, operation.after.size, operation.before.mtime);
}

function restoreIndexLine(file: string, line: string): void {
  const lines = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : [];
  if (!lines.includes(line)) addIndexLine(file, line);
}

const blocked = (where: string, message = 'somebody went on with it'): SyncError =>
  new SyncError('recovery_blocked', message, { where });

const blockedBy = (errors: SyncError[]): SyncError =>
  new SyncError(
    'recovery_blocked',
    `An interrupted transaction is undone but for ${errors.length} session(s), whose files have changed since it wrote them.`,
    {
      where: errors.map(({ where, message }) => `${where} (${message})`).join(', '),
      hint: 'the journal is kept; look at each file, then move it aside and run `recover --execute` again',
    },
  );

function undoRows(database: DatabaseName, operations: RowOperation[], find: FindDatabase): void {
  if (operations.length === 0 || !exists(find(database))) return;
  withDatabase(find(database), (open) => {
    for (const operation of operations) undoRow(open, operation);
  });
}

function exists(file: string): boolean {
  const database = openForReading(file);
  database?.close();
  return database !== null;
}

/** Columns that somebody else has changed since stay as they are. */
function undoRow(database: Database, { table, key, before, after }: RowOperation): void {
  const current = selectRows(database, table, key)[0];
  if (before === null) return current && isOurs(table, current, after) ? deleteRow(database, table, key) : undefined;
  if (!current) return after === null ? insertRow(database, table, before) : undefined;
  if (after === null) return;
  const ours = Object.keys(changesBetween(before, after)).filter((column) => isSameCell(current[column], after[column]));
  updateRow(database, table, key, Object.fromEntries(ours.map((column) => [column, before[column] ?? null])));
}

/** A row of `threads` Codex refreshes by itself; a goal that differs is one that the user has set in the meantime. */
const isOurs = (table: string, current: Row, after: Row | null): boolean =>
  table !== 'thread_goals' || Object.keys(changesBetween(current, after ?? {})).length === 0;
