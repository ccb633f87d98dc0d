// Takes a hot transaction back, operation by operation, last one first. Every step looks at what is there, so it may have been done
// before, half done, or not at all: undoing twice is undoing once.

import path from 'node:path';
import {
  appendFrom,
  digestFile,
  exists,
  isBegunCopy,
  isThere,
  makeFolder,
  moveFile,
  removeEmptyFolder,
  removeFiles,
  statFile,
  truncateFile,
} from '../adapters/disk/disk.ts';
import type { JournaledOperation, JournalFolder } from '../adapters/journal/journal_folder.ts';
import { hasDatabase } from '../adapters/sqlite/database_logs.ts';
import { deleteRow, insertRow, selectRows, updateRow } from '../adapters/sqlite/sqlite.ts';
import type { Database } from '../adapters/sqlite/sqlite_connection.ts';
import { SyncError } from '../domain/codes/errors.ts';
import {
  type DatabaseName,
  isSameCell,
  type Operation,
  type Owner,
  ownerOf,
  type Row,
  type RowOperation,
} from '../domain/operation/operation.ts';
import {
  byIndex,
  changesBetween,
  DATABASES,
  type FindDatabase,
  type IndexOperation,
  indexOf,
  rowsOf,
  withDatabase,
} from './apply.ts';
import { removeIndexLines, restoreIndexLines } from './index_file.ts';

/**
 * Undoing is recovery while the process still lives; both come here. A session with a file that somebody went on with stays as it is, rows
 * too; all others go back. Then the journal is left with that session and with what belongs to the whole run, and the error names the files.
 * `written`: databases that may have rows of the run; a process that died tells of none, so all are looked at.
 */
export function undoAll(
  operations: JournaledOperation[],
  journal: JournalFolder,
  find: FindDatabase,
  written: ReadonlySet<DatabaseName> = new Set(DATABASES),
): void {
  const blockedFiles = findBlocked(operations, journal);
  const isLeft = (entry: JournaledOperation): boolean =>
    blockedFiles.has(ownerOf(entry)) || (blockedFiles.size > 0 && ownerOf(entry) === null && !isFolder(entry.operation));
  for (const entry of operations.toReversed()) {
    const { operation } = entry;
    if (operation.kind === 'row' || operation.kind === 'index_entry' || isLeft(entry)) continue;
    const error = orBlock(() => undoing(operation, journal)?.());
    if (error) blockedFiles.set(ownerOf(entry), error);
  }
  const undone = operations.filter((entry) => !isLeft(entry));
  undoIndex(indexOf(undone.toReversed()), journal);
  // With a database that the run made its rows went; what lies in its place now is what was put aside before.
  const isOwn = (file: string): boolean =>
    undone.some(({ operation }) => operation.kind === 'create_database' && operation.path === file);
  for (const database of DATABASES.toReversed())
    if (written.has(database) && !isOwn(find(database))) undoRows(database, rowsOf(undone, database).toReversed(), find);
  if (blockedFiles.size === 0) return;
  // A folder of the run that could not go because of what is left goes with it.
  journal.replaceOperations(
    operations.filter((entry) => isLeft(entry) || (ownerOf(entry) === null && isFolder(entry.operation))),
  );
  throw blockedBy([...blockedFiles.values()]);
}

const isFolder = ({ kind }: Operation): boolean => kind === 'make_directory' || kind === 'remove_directory';

/** All files of all sessions are looked at before one goes back: a session keeps its image and its name with its rollout. */
function findBlocked(operations: JournaledOperation[], journal: JournalFolder): Map<Owner, SyncError> {
  const blocked = new Map<Owner, SyncError>();
  // What will have been moved back by then lies elsewhere while nothing is undone.
  const places = new Map<string, string>();
  // A file that is made in the place of one that was put aside goes first.
  const free = new Set<string>();
  for (const entry of operations.toReversed()) {
    const { operation } = entry;
    if (operation.kind === 'row' || operation.kind === 'index_entry' || ownerOf(entry) === null) continue;
    const error = orBlock(() => {
      const isToDo = undoing({ ...operation, path: places.get(operation.path) ?? operation.path }, journal, free) !== null;
      if (isToDo && operation.kind === 'move_file') places.set(operation.path, operation.to);
      if (isToDo && operation.kind === 'create_file') free.add(operation.path);
    });
    if (error) blocked.set(ownerOf(entry), error);
  }
  return blocked;
}

function orBlock(work: () => void): SyncError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (error instanceof SyncError && error.code === 'recovery_blocked') return error;
    throw error;
  }
}

type FileOperation = Exclude<Operation, RowOperation | IndexOperation>;

/** Whether undoing would change a rollout or another file of the home; most operations of an interrupted run were never done. */
export function wouldUndo({ operation }: JournaledOperation, journal: JournalFolder): boolean {
  switch (operation.kind) {
    case 'create_file':
      return exists(operation.path) && !exists(journal.file(operation.staged));
    case 'remove_file':
      return exists(journal.file(operation.kept));
    case 'move_file':
      return exists(operation.to);
    case 'append_file':
      return statFile(operation.path)?.size !== operation.before.size;
    case 'truncate_file':
      return statFile(operation.path)?.size !== operation.before.size || exists(journal.file(operation.kept));
    default:
      return false;
  }
}

type Undoing = (() => void) | null;

const NONE: ReadonlySet<string> = new Set();

/** What is to be done, null where nothing is. Looks and changes nothing; throws where it is not ours to undo. */
function undoing(operation: FileOperation, journal: JournalFolder, free: ReadonlySet<string> = NONE): Undoing {
  switch (operation.kind) {
    case 'make_directory':
      return () => removeEmptyFolder(operation.path);
    case 'remove_directory':
      return () => makeFolder(operation.path);
    case 'create_database':
      return undoingCreateDatabase(operation, journal);
    case 'create_file':
      return undoingCreate(operation, journal);
    case 'remove_file':
      return undoingRemove(operation, journal, free);
    case 'move_file':
      return undoingMove(operation);
    case 'append_file':
      return undoingAppend(operation, journal);
    case 'truncate_file':
      return undoingTruncate(operation, journal);
    default:
      return operation satisfies never;
  }
}

type Of<Kind extends FileOperation['kind']> = Extract<FileOperation, { kind: Kind }>;

/** While it is still staged, what lies in its place is not ours: a damaged sidecar that was not put aside yet. */
function undoingCreateDatabase({ path: file, staged }: Of<'create_database'>, journal: JournalFolder): Undoing {
  if (exists(journal.file(staged))) return null;
  return () => removeFiles([file, `${file}-journal`]);
}

/** Only the very bytes that we put there are moved away. */
function undoingCreate({ path: file, staged, after }: Of<'create_file'>, journal: JournalFolder): Undoing {
  const now = statFile(file);
  if (!now || exists(journal.file(staged))) return null;
  if (now.size !== after.size || digestFile(file) !== after.digest) throw blocked(file);
  return () => {
    makeFolder(path.dirname(journal.file(staged)));
    moveFile(file, journal.file(staged));
  };
}

/** What was kept is never dropped with the journal: a file that somebody made in its place stops the recovery. */
function undoingRemove({ path: file, kept }: Of<'remove_file'>, journal: JournalFolder, free: ReadonlySet<string>): Undoing {
  if (!exists(journal.file(kept))) return null;
  if (isThere(file) && !free.has(file)) throw blocked(file, 'another file is in its place');
  return () => moveFile(journal.file(kept), file);
}

function undoingMove({ path: file, to }: Of<'move_file'>): Undoing {
  if (!exists(to)) return null;
  if (isThere(file)) throw blocked(file, 'another file is in its place');
  return () => moveFile(to, file);
}

/**
 * What follows the old end must be a beginning of what we appended; anything else is not ours to cut. A file that is not there was not
 * moved there yet, or somebody has put it aside: nothing of ours is left in that place.
 */
function undoingAppend(operation: Of<'append_file'>, journal: JournalFolder): Undoing {
  const { path: file, before } = operation;
  const size = statFile(file)?.size;
  if (size === undefined) return null;
  if (size < before.size) throw blocked(file);
  if (size > before.size && !isAppended(file, size, operation, journal)) throw blocked(file);
  return () => truncateFile(file, before.size, before.mtime);
}

/** Where what was staged is lost, its digest still tells whether all of it was written. */
function isAppended(
  file: string,
  size: number,
  { before, after, staged, appended }: Of<'append_file'>,
  journal: JournalFolder,
): boolean {
  const source = journal.file(staged);
  if (exists(source)) return size <= after.size && isBegunCopy(file, before.size, size, source);
  return size === after.size && digestFile(file, before.size) === appended;
}

/** The end is kept before it is cut off. An earlier undo may have given back its length, and of its bytes only some. */
function undoingTruncate(
  { path: file, before, after, appended, ...operation }: Of<'truncate_file'>,
  journal: JournalFolder,
): Undoing {
  const kept = journal.file(operation.kept);
  const now = statFile(file);
  if (!now) throw blocked(file, `it is gone; its end lies in ${kept}`);
  if (now.size === before.size && digestFile(file, after.size) === appended)
    return now.mtime === before.mtime ? null : () => truncateFile(file, before.size, before.mtime);
  const isOurs = now.size >= after.size && now.size <= before.size && exists(kept);
  if (!isOurs || !isBegunCopy(file, after.size, now.size, kept)) throw blocked(file);
  return () => appendFrom(kept, file, after.size, before.mtime);
}

function undoIndex(operations: IndexOperation[], journal: JournalFolder): void {
  for (const [file, { add, remove }] of byIndex(operations)) {
    if (add.length > 0) removeIndexLines(file, add.toReversed(), journal.file('session_index'));
    if (remove.length > 0) restoreIndexLines(file, remove);
  }
}

const blocked = (where: string, message = 'somebody went on with it'): SyncError =>
  new SyncError('recovery_blocked', message, { where });

const blockedBy = (errors: SyncError[]): SyncError =>
  new SyncError(
    'recovery_blocked',
    `An interrupted transaction is undone but for ${errors.length} session(s) or skill(s), whose files have changed since it wrote them.`,
    {
      where: errors.map(({ where, message }) => `${where} (${message})`).join(', '),
      hint: 'the journal is kept; look at each file, then move it aside and run `recover --execute` again',
    },
  );

function undoRows(database: DatabaseName, operations: RowOperation[], find: FindDatabase): void {
  if (operations.length === 0 || !hasDatabase(find(database))) return;
  withDatabase(find(database), (open) => {
    for (const operation of operations) undoRow(open, operation);
  });
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
