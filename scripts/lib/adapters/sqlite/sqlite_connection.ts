// Connections to SQLite, and where its native module does not load.

import { createRequire } from 'node:module';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';
import { loadingError, openingError } from '../disk/hidden_errors.ts';
import { asSyncError, firstLineOf } from '../disk/system_errors.ts';

export type Database = BetterSqlite3.Database;

/** How long a lock of somebody else is waited for. Codex itself gives up after 5 s (0.117, 0.145); we wait less than it does. */
export const PATIENCE = { milliseconds: 4000 };

/** What it cannot open for a reason that only the system says is thrown as the system says it. */
export function connect(target: string | Buffer, options: BetterSqlite3.Options = {}): Database {
  const Connection = sqlite();
  if (typeof target !== 'string') return withKeptStatements(new Connection(target, options), ':memory:');
  const file = withinLimit(target);
  return withKeptStatements(
    inWordsOfTheSystem(file, () => new Connection(file, options)),
    file,
  );
}

/** SQLite says of many things that it cannot open a file: that it may not, that there are too many, that the disk fails. */
function inWordsOfTheSystem<Result>(file: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const isVague = systemCode(error).startsWith('SQLITE_CANTOPEN');
    throw (isVague && openingError(file)) || error;
  }
}

/** Windows gives SQLite a file with a longer path only by the prefix that Node adds to its own paths; beside it there is a `-journal`. */
const LONGEST = 260 - '-journal'.length - 1;
const withinLimit = (file: string): string => (file.length > LONGEST ? path.toNamespacedPath(file) : file);

let loaded: typeof BetterSqlite3 | null = null;

/** Loaded at the first database: a home without one needs no native module. Its native file is loaded by the first connection. */
function sqlite(): typeof BetterSqlite3 {
  if (loaded) return loaded;
  if (isTooOld())
    throw notLoadable(
      new Error('better-sqlite3 13 crashes a Node before 22'),
      'start the tool by scripts/codex-session-sync.cjs',
    );
  try {
    new BetterSqlite3(':memory:').close();
    loaded = BetterSqlite3;
    return BetterSqlite3;
  } catch (error) {
    throw notLoadable(
      loadingError(error, 'better-sqlite3', createRequire(import.meta.url).resolve.paths('better-sqlite3') ?? []),
      'run `npm ci --omit=dev` in the skill folder with the Node version that runs this tool',
    );
  }
}

/** The launcher refuses such a Node, or starts another one; code that imports these files does not pass through it. */
const isTooOld = (): boolean => Number(process.versions.node.split('.')[0]) < 22;

/** Not installed, built for another Node, or kept back by the system. */
function notLoadable(cause: unknown, hint: string): SyncError {
  const message = 'The native module better-sqlite3 does not load';
  const known = asSyncError(cause);
  if (!known) return new SyncError('configuration', `${message}.`, { where: `Node ${process.version}`, hint, cause });
  return new SyncError(known.code, `${message}: ${known.message}`, { where: known.where ?? 'better-sqlite3', cause });
}

/**
 * A connection has few statements and uses them thousands of times: prepared anew each time, they doubled the memory of a sync.
 * Files beside the database are opened by statements.
 */
function withKeptStatements(connection: Database, file: string): Database {
  const prepare = connection.prepare.bind(connection);
  const exec = connection.exec.bind(connection);
  const prepared = new Map<string, BetterSqlite3.Statement>();
  const prepareOnce = (sql: string): BetterSqlite3.Statement => {
    const statement = prepared.get(sql) ?? inWordsOfTheSystem(file, () => spoken(prepare(sql), file));
    prepared.set(sql, statement);
    return statement;
  };
  return Object.assign(connection, {
    prepare: prepareOnce,
    exec: (sql: string) => inWordsOfTheSystem(file, () => exec(sql)),
  });
}

function spoken(statement: BetterSqlite3.Statement, file: string): BetterSqlite3.Statement {
  for (const name of ['get', 'all', 'run'] as const) {
    const call = statement[name].bind(statement) as (...values: unknown[]) => never;
    statement[name] = (...values: unknown[]) => inWordsOfTheSystem(file, () => call(...values));
  }
  return statement;
}

/** Null where the native module loads; else why not. What the system keeps back just now is no question of what is installed. */
export function whyNoSqlite(): string | null {
  try {
    sqlite();
    return null;
  } catch (error) {
    if ((error as SyncError).code !== 'configuration') throw error;
    const cause = (error as SyncError).cause ?? error;
    return firstLineOf(cause);
  }
}

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

/** What the system does not let this user do, or cannot do now, is no damage. */
function refused(file: string, cause: unknown): SyncError | null {
  const known = asSyncError(cause);
  // The system lets this user open it, so SQLite found something else.
  const isVague = systemCode(cause) === 'SQLITE_CANTOPEN';
  if (!known || known.code === 'database_unreadable' || isVague) return null;
  return new SyncError(known.code, `A database cannot be opened: ${known.message}`, { where: file, cause });
}

const unreadable = (file: string, cause: unknown): SyncError =>
  new SyncError('database_unreadable', `A database cannot be opened: ${(cause as Error).message}.`, { where: file, cause });
