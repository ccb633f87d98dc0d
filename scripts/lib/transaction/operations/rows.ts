// Rows of the databases: all of one database in one SQLite transaction, and the same to take them back.

import type { JournaledOperation } from '../../adapters/journal/journal_folder.ts';
import { trace } from '../../adapters/run/trace.ts';
import { hasDatabase } from '../../adapters/sqlite/database_logs.ts';
import { upgradeSidecar } from '../../adapters/sqlite/sidecar_database.ts';
import { deleteRow, insertRow, openForWriting, selectRows, updateRow } from '../../adapters/sqlite/sqlite.ts';
import { type Database, orLocked, orRefused } from '../../adapters/sqlite/sqlite_connection.ts';
import { hasErrorCode } from '../../domain/codes/errors.ts';
import { type DatabaseName, isSameCell, type Row, type RowOperation } from '../../domain/operation/operation.ts';
import { stalePlan } from './stale_plan.ts';

export type FindDatabase = (name: DatabaseName) => string;

/** In the order in which they are written. */
export const DATABASES: readonly DatabaseName[] = ['state', 'history', 'goals', 'sidecar'];

export const rowsOf = (operations: JournaledOperation[], database: DatabaseName): RowOperation[] =>
  operations.flatMap(({ operation }) => (operation.kind === 'row' && operation.database === database ? [operation] : []));

export function withDatabase(file: string, work: (database: Database) => void): void {
  const database = openForWriting(file);
  try {
    orLocked(database, () => database.exec('BEGIN IMMEDIATE'));
    orRefused(database, () => work(database));
    orLocked(database, () => database.exec('COMMIT'));
  } finally {
    database.close();
  }
}

/** Throws where another program holds a database that these operations write. Any other fault shows when it is written. */
export function requireUnlocked(operations: JournaledOperation[], find: FindDatabase): void {
  // A file in the place of a database that the run makes is put aside as it is.
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

const isLocked = (error: unknown): boolean => hasErrorCode(error, 'database_locked');

/** All or none. `written` gets the database's name where the rows are in it, or where nobody can tell. */
export function applyRows(
  database: DatabaseName,
  operations: RowOperation[],
  find: FindDatabase,
  written: Set<DatabaseName>,
): void {
  if (operations.length === 0) return;
  trace('apply', () => `${operations.length} row(s) of ${find(database)}`);
  try {
    withDatabase(find(database), (open) => {
      if (database === 'sidecar') upgradeSidecar(open);
      for (const operation of operations) applyRow(open, operation);
      written.add(database);
    });
  } catch (error) {
    // SQLite refused the commit, so none of it is written.
    if (isLocked(error)) written.delete(database);
    throw error;
  }
}

function applyRow(open: Database, { database, table, key, before, after }: RowOperation): void {
  if (after === null) return deleteRow(open, table, key);
  const current = selectRows(open, table, key)[0];
  const where = `table ${table}, ${JSON.stringify(key)}`;
  // The sidecar is knowledge, not truth (invariant 5): one that was lost since is filled again.
  if (!current && before !== null && database !== 'sidecar')
    throw stalePlan(where, 'A row has disappeared while the plan was being applied.');
  // A running Codex may have indexed the new rollout by itself in the meantime; ours is the fuller row.
  if (!current) return insertRow(open, table, after);
  if (before === null && table === 'thread_goals') throw stalePlan(where, 'A goal was set while the plan was being applied.');
  const changes = changesBetween(before ?? {}, after);
  const isStale = before !== null && Object.keys(changes).some((column) => !isSameCell(current[column], before[column]));
  if (isStale) throw stalePlan(where, 'A row has changed while the plan was being applied.');
  updateRow(open, table, key, changes);
}

export const changesBetween = (before: Row, after: Row): Row =>
  Object.fromEntries(Object.entries(after).filter(([column, cell]) => !isSameCell(before[column], cell)));

export function undoRows(file: string, operations: RowOperation[]): void {
  if (operations.length === 0 || !hasDatabase(file)) return;
  trace('undo', () => `${operations.length} row(s) of ${file}`);
  withDatabase(file, (open) => {
    for (const operation of operations.toReversed()) undoRow(open, operation);
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

/** Codex refreshes a row of `threads` by itself; a goal that differs is one that the user has set in the meantime. */
const isOurs = (table: string, current: Row, after: Row | null): boolean =>
  table !== 'thread_goals' || Object.keys(changesBetween(current, after ?? {})).length === 0;
