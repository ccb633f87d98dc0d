// SQLite databases: reading without leaving a trace, and one row at a time.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import { SyncError } from '../domain/errors.ts';
import type { Cell, Row } from '../domain/operation.ts';
import type { Column } from '../domain/thread_row.ts';

export type Database = BetterSqlite3.Database;

/** Codex itself gives up after 5 s (0.117, 0.145); we wait less than it does. */
const BUSY_MILLISECONDS = 4000;

/** Loaded at the first database: a home without one needs no native module. */
function connect(target: string | Buffer, options: BetterSqlite3.Options = {}): Database {
  try {
    const Connection = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
    const connection = new Connection(target, options);
    KEPT.push(connection);
    return withKeptStatements(connection);
  } catch (error) {
    if (!NOT_LOADABLE.has((error as { code?: string }).code ?? '')) throw error;
    throw new SyncError('configuration', 'The native module better-sqlite3 does not load.', {
      where: `Node ${process.version}`,
      hint: 'run `npm ci --omit=dev` in the skill folder with the Node version that runs this tool',
      cause: error,
    });
  }
}

/**
 * Neither connections nor statements are ever collected: under Node 24 better-sqlite3 12.11 ends the process when one is (an assertion
 * in RemoveEnvironmentCleanupHook, seen with 24.21). A connection has few statements, and prepares each only once.
 */
const KEPT: Database[] = [];

function withKeptStatements(connection: Database): Database {
  const prepare = connection.prepare.bind(connection);
  const prepared = new Map<string, BetterSqlite3.Statement>();
  const prepareOnce = (sql: string): BetterSqlite3.Statement => {
    const statement = prepared.get(sql) ?? prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return Object.assign(connection, { prepare: prepareOnce });
}

/** Null where the native module loads; else why not. */
export function whyNoSqlite(): string | null {
  try {
    connect(':memory:').close();
    return null;
  } catch (error) {
    const cause = (error as SyncError).cause ?? error;
    return String((cause as Error).message).split('\n')[0] ?? '';
  }
}

/** Not installed, or built for another Node. */
const NOT_LOADABLE = new Set(['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']);

/**
 * Null where there is no database yet (an empty file is none: Codex will make it). A reader of a WAL database creates its -wal and
 * -shm files, so where nobody left a -wal the file is read as a whole instead and the folder stays as it was.
 */
export function openForReading(file: string): Database | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  const hasLog = fs.existsSync(`${file}-wal`) || fs.existsSync(`${file}-journal`);
  if (!stat || (stat.size === 0 && !hasLog)) return null;
  try {
    const database = hasLog
      ? connect(file, { readonly: true, timeout: BUSY_MILLISECONDS })
      : connect(withoutLogMode(fs.readFileSync(file)));
    database.defaultSafeIntegers(true);
    database.prepare('PRAGMA schema_version').get();
    return database;
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw unreadable(file, error);
  }
}

/** Bytes 18 and 19 of the header ask for a WAL, which a database in memory cannot have (sqlite.org/fileformat2.html). */
function withoutLogMode(bytes: Buffer): Buffer {
  if (bytes[18] === 2) bytes[18] = bytes[19] = 1;
  return bytes;
}

export function openForWriting(file: string): Database {
  try {
    const database = connect(file, { fileMustExist: true, timeout: BUSY_MILLISECONDS });
    database.defaultSafeIntegers(true);
    database.exec('PRAGMA synchronous = FULL');
    return database;
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw unreadable(file, error);
  }
}

const unreadable = (file: string, cause: unknown): SyncError =>
  new SyncError('database_unreadable', 'A database cannot be opened.', {
    where: file,
    hint: `SQLite says: ${String((cause as Error).message)}`,
    cause,
  });

/**
 * An exclusive lock on a file, held until the connection is closed or the process is gone. `busy`: somebody else has it.
 * `gone`: the file or its folder was taken away meanwhile, which SQLite reports in as many ways as there are moments.
 */
export function lockDatabase(file: string, identityOf: (file: string) => number | null): Database | 'busy' | 'gone' {
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
    if (code.startsWith('SQLITE_') || message.includes('directory does not exist')) return 'gone';
    throw error;
  }
  database.close();
  return 'gone';
}

/** A new database with this schema, on the disk when this returns. */
export function createDatabase(file: string, schema: string, version: number): void {
  const database = connect(file);
  database.exec('PRAGMA synchronous = FULL');
  database.exec(`BEGIN; ${schema} PRAGMA user_version = ${version}; COMMIT;`);
  database.close();
}

/** What SQLite finds wrong first; null where nothing is. `quick_check` leaves the indexes out. */
export function firstDamage(database: Database, how: 'integrity_check' | 'quick_check'): string | null {
  const [answer] = Object.values(database.prepare(`PRAGMA ${how}(1)`).get() as Record<string, string>);
  return answer === undefined || answer === 'ok' ? null : answer.replaceAll('\n', ' ');
}

export function columnsOf(database: Database, table: string): Column[] {
  const rows = database.prepare(`PRAGMA table_info(${quote(table)})`).all() as {
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
  const rows = database
    .prepare(`SELECT * FROM ${quote(table)}${where}`)
    .all(...columns.map((column) => key[column] as Cell)) as Row[];
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
