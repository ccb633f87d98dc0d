// Takes a hot transaction back, operation by operation, last one first. Every step looks at what is there, so undoing twice is undoing once.

import type { JournaledOperation, JournalFolder } from '../adapters/journal/journal_folder.ts';
import { trace } from '../adapters/run/trace.ts';
import { hasErrorCode, SyncError } from '../domain/codes/errors.ts';
import {
  type DatabaseName,
  isFileOperation,
  type Operation,
  type Owner,
  operationText,
  ownerOf,
} from '../domain/operation/operation.ts';
import { indexOf, undoIndex } from './operations/index_file.ts';
import { DATABASES, type FindDatabase, rowsOf, undoRows } from './operations/rows.ts';
import { undoOfFile } from './operations/undo_file.ts';

/**
 * For a failing run and for the recovery of a dead one. A session stays as it is, rows too, where somebody has changed one of its files since; all
 * others go back. Then the journal keeps that session and what belongs to the whole run, and the error names the files.
 * `written`: databases that may have rows of the run; of a dead process all may.
 */
export function undoAll(
  operations: JournaledOperation[],
  journal: JournalFolder,
  find: FindDatabase,
  written: ReadonlySet<DatabaseName> = new Set(DATABASES),
): void {
  const blocked = findBlocked(operations, journal);
  const stays = (entry: JournaledOperation): boolean =>
    blocked.has(ownerOf(entry)) || (blocked.size > 0 && ownerOf(entry) === null && !isFolder(entry.operation));
  for (const entry of operations.toReversed()) {
    const { operation } = entry;
    if (!isFileOperation(operation) || stays(entry)) continue;
    trace('undo', () => operationText(operation));
    const error = errorIfBlocked(() => undoOfFile(operation, journal)?.());
    if (error) blocked.set(ownerOf(entry), error);
  }
  const undone = operations.filter((entry) => !stays(entry));
  undoIndex(indexOf(undone), journal);
  undoDatabases(undone, find, written);
  if (blocked.size === 0) return;
  // A folder that what stays keeps from being empty is removed with it later.
  journal.replaceOperations(operations.filter((entry) => stays(entry) || (ownerOf(entry) === null && isFolder(entry.operation))));
  throw blockedBy([...blocked.values()]);
}

const isFolder = ({ kind }: Operation): boolean => kind === 'make_directory' || kind === 'remove_directory';

/** The rows of a database that the run made went with it; the file in its place is the one that had been set aside. */
function undoDatabases(undone: JournaledOperation[], find: FindDatabase, written: ReadonlySet<DatabaseName>): void {
  const made = new Set(undone.flatMap(({ operation }) => (operation.kind === 'create_database' ? operation.path : [])));
  for (const database of DATABASES.toReversed())
    if (written.has(database) && !made.has(find(database))) undoRows(find(database), rowsOf(undone, database));
}

/** Looks at all files of all sessions before one goes back: where its rollout has to stay, a session keeps its image and its name as well. */
function findBlocked(operations: JournaledOperation[], journal: JournalFolder): Map<Owner, SyncError> {
  const blocked = new Map<Owner, SyncError>();
  // Where a file is now that an earlier step of the undo will move back, by the path that it will have.
  const places = new Map<string, string>();
  const vacated = new Set<string>();
  for (const entry of operations.toReversed()) {
    const { operation } = entry;
    if (!isFileOperation(operation) || ownerOf(entry) === null) continue;
    const error = errorIfBlocked(() => {
      const now = { ...operation, path: places.get(operation.path) ?? operation.path };
      if (undoOfFile(now, journal, vacated) === null) return;
      if (operation.kind === 'move_file') places.set(operation.path, operation.to);
      if (operation.kind === 'create_file') vacated.add(operation.path);
    });
    if (error) blocked.set(ownerOf(entry), error);
  }
  return blocked;
}

function errorIfBlocked(work: () => void): SyncError | null {
  try {
    work();
    return null;
  } catch (error) {
    if (hasErrorCode(error, 'recovery_blocked')) return error;
    throw error;
  }
}

const blockedBy = (errors: SyncError[]): SyncError =>
  new SyncError(
    'recovery_blocked',
    `An interrupted transaction is undone except for ${errors.length} session(s) or skill(s) whose files have changed since, or may not be written.`,
    {
      where: errors.map(({ where, message }) => `${where} (${message})`).join(', '),
      hint: 'the journal is kept; check each file, make it writable or move it away, then run `recover --execute` again',
    },
  );
