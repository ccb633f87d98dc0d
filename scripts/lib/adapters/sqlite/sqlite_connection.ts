// Connections to SQLite, and where its native module does not load.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';
import { asSyncError, firstLineOf } from '../disk/system_errors.ts';

export type Database = BetterSqlite3.Database;

/** How long a lock of somebody else is waited for. Codex itself gives up after 5 s (0.117, 0.145); we wait less than it does. */
export const PATIENCE = { milliseconds: 4000 };

/** Loaded at the first database: a home without one needs no native module. */
export function connect(target: string | Buffer, options: BetterSqlite3.Options = {}): Database {
  if (isTooOld())
    throw notLoadable(
      new Error('better-sqlite3 13 crashes a Node before 22'),
      'start the tool by scripts/codex-session-sync.cjs',
    );
  try {
    const Connection = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
    return withKeptStatements(new Connection(typeof target === 'string' ? withinLimit(target) : target, options));
  } catch (error) {
    if (!isNotLoadable(error as NodeJS.ErrnoException)) throw error;
    throw notLoadable(error, 'run `npm ci --omit=dev` in the skill folder with the Node version that runs this tool');
  }
}

/** Windows gives SQLite a file with a longer path only by the prefix that Node adds to its own paths; beside it there is a `-journal`. */
const LONGEST = 260 - '-journal'.length - 1;
const withinLimit = (file: string): string => (file.length > LONGEST ? path.toNamespacedPath(file) : file);

/** The launcher refuses such a Node, or starts another one; code that imports these files does not pass through it. */
const isTooOld = (): boolean => Number(process.versions.node.split('.')[0]) < 22;

const notLoadable = (cause: unknown, hint: string): SyncError =>
  new SyncError('configuration', 'The native module better-sqlite3 does not load.', {
    where: `Node ${process.version}`,
    hint,
    cause,
  });

/** A connection has few statements and uses them thousands of times: prepared anew each time, they doubled the memory of a sync. */
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
    return firstLineOf(cause);
  }
}

/** Not installed, built for another Node, or never built at all. */
const isNotLoadable = ({ code = '', message }: NodeJS.ErrnoException): boolean =>
  ['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED'].includes(code) || message.includes('bindings file');

/** What SQLite throws meanwhile is told with the file. */
export function orDatabaseUnreadable<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof SyncError) throw error;
    throw isTurnedAway(error) ? locked(file, error) : (refused(file, error) ?? unreadable(file, error));
  }
}

/** For an open database: that somebody else has it locked is told with the file, anything else as it is. */
export function orLocked<Result>({ name }: Database, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw isTurnedAway(error) ? locked(name, error) : error;
  }
}

/** The same for rows that every database of a Codex takes, and this one does not. */
export function orRefused<Result>({ name }: Database, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const { code = '', message } = error as { code?: string; message: string };
    if (!/^SQLITE_(CONSTRAINT|ERROR|MISMATCH)/.test(code)) throw error;
    throw new SyncError('database_refuses', `A database does not take what Codex writes: ${message}.`, {
      where: name,
      cause: error,
    });
  }
}

const isTurnedAway = (error: unknown): boolean => /^SQLITE_(BUSY|LOCKED)/.test((error as { code?: string }).code ?? '');

const locked = (file: string, cause: unknown): SyncError =>
  new SyncError('database_locked', 'Another program has a database locked and did not release it.', {
    where: file,
    cause,
  });

/** What the system does not let this user do, or cannot do now, is no damage. SQLite says of many things that it cannot open a file. */
function refused(file: string, cause: unknown): SyncError | null {
  const known = asSyncError(cause);
  const isVague = (cause as { code?: string }).code === 'SQLITE_CANTOPEN' && isReadable(file);
  if (!known || known.code === 'database_unreadable' || isVague) return null;
  return new SyncError(known.code, `A database cannot be opened: ${known.message}`, { where: file, cause });
}

function isReadable(file: string): boolean {
  try {
    fs.closeSync(fs.openSync(file, 'r'));
    return true;
  } catch (error) {
    return systemCode(error) === 'ENOENT';
  }
}

const unreadable = (file: string, cause: unknown): SyncError =>
  new SyncError('database_unreadable', `A database cannot be opened: ${(cause as Error).message}.`, { where: file, cause });
