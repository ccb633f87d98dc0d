// Reading a database without leaving a trace, and without holding it in memory.

import fs from 'node:fs';
import { readStart } from '../disk/file_reading.ts';
import { copyOf } from './database_copy.ts';
import { atOneMoment, hasDatabase, logOf } from './database_logs.ts';
import { connect, type Database, orDatabaseUnreadable, PATIENCE } from './sqlite_connection.ts';

/** Up to here a database without a log is read as a whole, which is faster than anything else. */
const HELD_IN_MEMORY = 16 << 20;

/**
 * Null where there is no database yet (an empty file is none: Codex will make it). A reader of a WAL database makes its -wal and -shm
 * files, and one with a hot journal can be rolled back by a writer only, so neither is opened where it lies: a small one is held in memory,
 * any other is copied to the temporary folder. One that has its log and index is opened as any reader of Codex does.
 */
export function openForReading(file: string): Database | null {
  if (!hasDatabase(file)) return null;
  return orDatabaseUnreadable(file, () => {
    const database = whereItLies(file) ?? inMemory(file) ?? checked(connect(copyOf(file), { readonly: true }));
    if (pagesOf(database) > 0) return database;
    database.close();
    return null;
  });
}

/** What `read` finds in the database, which is open only meanwhile; null where there is none. */
export function readDatabase<Result>(file: string, read: (database: Database) => Result): Result | null {
  const database = openForReading(file);
  if (!database) return null;
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** Null where nothing can be opened there, or not without making a file. */
function whereItLies(file: string): Database | null {
  const log = logOf(file);
  if (log === 'left' || (log === 'none' && (asksForWal(file) || isSmall(file)))) return null;
  try {
    return checked(connect(file, { readonly: true, timeout: PATIENCE.milliseconds }));
  } catch (error) {
    if (NOT_WITHOUT_WRITING.test((error as { code?: string }).code ?? '')) return null;
    throw error;
  }
}

/** A hot journal; an index of the log that cannot be made or trusted. */
const NOT_WITHOUT_WRITING = /^SQLITE_(READONLY|CANTOPEN|PROTOCOL)/;

const isSmall = (file: string): boolean => (fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) <= HELD_IN_MEMORY;

function inMemory(file: string): Database | null {
  if (!isSmall(file) || logOf(file) !== 'none') return null;
  const bytes = atOneMoment(file, () => (logOf(file) === 'none' ? fs.readFileSync(file) : null));
  return bytes && checked(connect(withoutLogMode(bytes)));
}

/** Bytes 18 and 19 of the header ask for a WAL, which a database in memory cannot have (sqlite.org/fileformat2.html). */
function withoutLogMode(bytes: Buffer): Buffer {
  if (bytes[18] === 2) bytes[18] = bytes[19] = 1;
  return bytes;
}

const asksForWal = (file: string): boolean => readStart(file, 20)[18] === 2;

/** SQLite reads the file at the first question, not when it opens it. */
function checked(database: Database): Database {
  try {
    database.defaultSafeIntegers(true);
    database.prepare('PRAGMA schema_version').get();
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

const pagesOf = (database: Database): number =>
  Number((database.prepare('PRAGMA page_count').get() as { page_count: bigint }).page_count);
