// SQLite databases: writing, and one row at a time.

import type { Cell, Row } from '../../domain/operation/operation.ts';
import type { Column } from '../../domain/thread/thread_row.ts';
import { makePrivateFile } from '../disk/file_modes.ts';
import { connect, type Database, orDatabaseUnreadable, orLocked, PATIENCE } from './sqlite_connection.ts';

/**
 * With FULL a commit that has been told can be undone by a power cut: what commits is the removal of the rollback journal, and only EXTRA
 * syncs its folder. The sidecar has such a journal; with a WAL the two are the same. On macOS a sync alone leaves the bytes in the disk's
 * cache (F_FULLFSYNC does not); Node's own fsync asks for that there by itself.
 */
const DURABLE = 'PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;';

/** A log that a stopped writer left is rolled back or taken in by the first statement. */
export const openForWriting = (file: string): Database =>
  orDatabaseUnreadable(file, () => {
    const database = connect(file, { fileMustExist: true, timeout: PATIENCE.milliseconds });
    try {
      database.defaultSafeIntegers(true);
      database.exec(DURABLE);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });

export type Gone = { why: unknown };

/**
 * An exclusive lock on a file, held until the connection is closed or the process is gone. `busy`: somebody else has it.
 * `broken`: the file is no database, so nobody can have it locked.
 * Gone: the file or its folder was taken away meanwhile, which SQLite reports in as many ways as there are moments; or it may not be written.
 */
export function lockDatabase(file: string, identityOf: (file: string) => number | null): Database | 'busy' | 'broken' | Gone {
  let database: Database | null = null;
  try {
    database = connect(file, { timeout: 0 });
    const opened = identityOf(file);
    database.exec('BEGIN EXCLUSIVE');
    if (opened !== null && identityOf(file) === opened) return database;
  } catch (error) {
    database?.close();
    const { code = '', message } = error as { code?: string; message: string };
    if (code === 'SQLITE_BUSY') return 'busy';
    if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') return 'broken';
    if (code.startsWith('SQLITE_') || message.includes('directory does not exist')) return { why: error };
    throw error;
  }
  database.close();
  return { why: null };
}

/** A new database with this schema, for this user alone, on the disk when this returns. Its logs get its mode. */
export function createDatabase(file: string, schema: string, version: number): void {
  makePrivateFile(file);
  const database = connect(file);
  try {
    database.exec(DURABLE);
    database.exec(`BEGIN; ${schema} PRAGMA user_version = ${version}; COMMIT;`);
  } finally {
    // Windows removes no file that is open.
    database.close();
  }
}

/** What SQLite finds wrong first; null where nothing is. `quick_check` leaves the indexes out. */
export function firstDamage(database: Database, how: 'integrity_check' | 'quick_check'): string | null {
  const [answer] = Object.values(database.prepare(`PRAGMA ${how}(1)`).get() as Record<string, string>);
  return answer === undefined || answer === 'ok' ? null : answer.replaceAll('\n', ' ');
}

export function columnsOf(database: Database, table: string): Column[] {
  const rows = orLocked(database, () => database.prepare(`PRAGMA table_info(${quote(table)})`).all()) as {
    name: string;
    type: string;
    notnull: bigint;
    dflt_value: unknown;
    pk: bigint;
  }[];
  return rows.map(({ name, type, notnull, dflt_value, pk }) => ({
    name,
    type: affinityOf(type),
    notNull: notnull > 0n || pk > 0n,
    hasDefault: dflt_value !== null,
  }));
}

/** As SQLite derives it from the declared type (sqlite.org/datatype3.html). */
const affinityOf = (type: string): Column['type'] =>
  /int/i.test(type) ? 'integer' : /char|clob|text/i.test(type) ? 'text' : null;

export const selectRows = (database: Database, table: string, key: Row = {}): Row[] => {
  const columns = Object.keys(key);
  const where = columns.length === 0 ? '' : ` WHERE ${columns.map((column) => `${quote(column)} IS ?`).join(' AND ')}`;
  const select = (): unknown[] =>
    database.prepare(`SELECT * FROM ${quote(table)}${where}`).all(...columns.map((column) => key[column] as Cell));
  const rows = orLocked(database, select) as Row[];
  return rows.map(plainRow);
};

/** Integers come as bigint; those that a number holds exactly become numbers. */
function plainRow(row: Row): Row {
  return Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, plainCell(cell)]));
}

const plainCell = (cell: Cell): Cell =>
  typeof cell === 'bigint' && BigInt(Number(cell)) === cell && Number.isSafeInteger(Number(cell)) ? Number(cell) : cell;

export function insertRow(database: Database, table: string, row: Row): void {
  const columns = Object.keys(row);
  const sql = `INSERT INTO ${quote(table)} (${columns.map(quote).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`;
  database.prepare(sql).run(...columns.map((column) => storedCell(row[column] as Cell)));
}

export function updateRow(database: Database, table: string, key: Row, changes: Row): void {
  const columns = Object.keys(changes);
  if (columns.length === 0) return;
  const where = Object.keys(key).map((column) => `${quote(column)} IS ?`);
  const sql = `UPDATE ${quote(table)} SET ${columns.map((column) => `${quote(column)} = ?`).join(', ')} WHERE ${where.join(' AND ')}`;
  database
    .prepare(sql)
    .run(...columns.map((column) => storedCell(changes[column] as Cell)), ...Object.values(key).map(storedCell));
}

export function deleteRow(database: Database, table: string, key: Row): void {
  const where = Object.keys(key).map((column) => `${quote(column)} IS ?`);
  database.prepare(`DELETE FROM ${quote(table)} WHERE ${where.join(' AND ')}`).run(...Object.values(key).map(storedCell));
}

/** better-sqlite3 binds numbers as REAL; whole ones are meant as INTEGER. */
const storedCell = (cell: Cell): Cell => (typeof cell === 'number' && Number.isSafeInteger(cell) ? BigInt(cell) : cell);

const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
