// The state database as `doctor` sees it.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { lacksMigrations, unmigratedDatabase } from '../../adapters/codex_home/unmigrated_database.ts';
import { columnsOf, firstDamage } from '../../adapters/sqlite/sqlite.ts';
import type { Database } from '../../adapters/sqlite/sqlite_connection.ts';
import { readDatabase } from '../../adapters/sqlite/sqlite_reading.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { targetCodex } from '../../domain/thread/target_codex.ts';
import { isKnownColumn } from '../../domain/thread/thread_columns.ts';

/** `oldest_codex`: the version that first had these columns, so that or a later one has run on this machine. Not which: 0.165 to 0.171 have the same. */
export type StateFacts = { file: string; threads: number | null; oldest_codex: string | null; unknown_columns: string[] };

type Examined = { facts: StateFacts; findings: Finding[] };

/** Codex's projection and its goals, which a sync writes as well: only whether they can be read. */
export const examineOtherDatabases = (home: CodexHome): Finding[] =>
  (['history', 'goals'] as const).flatMap((name) => damageOf(databaseFile(home, name)));

function damageOf(file: string): Finding[] {
  try {
    const problem = readDatabase(file, (database) => firstDamage(database, 'quick_check'));
    return problem === null ? [] : [finding('database_damaged', file, `SQLite finds it damaged: ${problem}.`)];
  } catch (error) {
    return [findingOfUnread(error, file)];
  }
}

/** A disk that fails, or a process with too many files open, says nothing of the database: that ends the command. */
export function findingOfUnread(error: unknown, file: string): Finding {
  if (!(error instanceof SyncError)) throw error;
  switch (error.code) {
    case 'database_locked':
    case 'not_permitted':
      return finding(error.code, file, error.message);
    case 'io_error':
    case 'too_many_files':
    case 'no_memory':
    case 'no_space':
      throw error;
    default:
      return finding('database_damaged', file, error.message);
  }
}

export function examineStateDatabase(home: CodexHome): Examined {
  const file = databaseFile(home, 'state');
  const nothing: StateFacts = { file, threads: null, oldest_codex: null, unknown_columns: [] };
  try {
    const none = 'This Codex home has no database yet; Codex indexes sessions at its first start.';
    const examined = readDatabase(file, (database) => examineTables(database, file));
    return examined ?? { facts: nothing, findings: [finding('no_database_yet', file, none)] };
  } catch (error) {
    return { facts: nothing, findings: [findingOfUnread(error, file)] };
  }
}

function examineTables(database: Database, file: string): Examined {
  const problem = firstDamage(database, 'quick_check');
  if (problem !== null)
    return {
      facts: { file, threads: null, oldest_codex: null, unknown_columns: [] },
      findings: [finding('database_damaged', file, `SQLite finds it damaged: ${problem}.`)],
    };
  const columns = columnsOf(database, 'threads').map(({ name }) => name);
  const unknown_columns = columns.filter((name) => !isKnownColumn(name));
  const threads = columns.length === 0 ? null : countOf(database);
  const oldest_codex = targetCodex({ columns: new Set(columns), cliVersions: [], override: null }).version;
  return {
    facts: { file, threads, oldest_codex, unknown_columns },
    findings: [
      ...(isView(database) ? [finding('database_damaged', file, '`threads` is a view, so no row can be written.')] : []),
      ...(lacksMigrations(database) ? [unmigratedDatabase(file)] : []),
      ...(unknown_columns.length > 0
        ? [
            finding(
              'unknown_columns',
              file,
              `This tool does not know these columns, so its Codex may be newer: ${unknown_columns.join(', ')}. They are kept unchanged.`,
            ),
          ]
        : []),
    ],
  };
}

const isView = (database: Database): boolean =>
  database.prepare("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = 'threads'").get() !== undefined;

const countOf = (database: Database): number =>
  Number((database.prepare('SELECT count(*) AS threads FROM threads').get() as { threads: bigint }).threads);
