// The state database as `doctor` sees it.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { lacksMigrations, unmigratedDatabase } from '../../adapters/codex_home/unmigrated_database.ts';
import { columnsOf, firstDamage } from '../../adapters/sqlite/sqlite.ts';
import type { Database } from '../../adapters/sqlite/sqlite_connection.ts';
import { openForReading } from '../../adapters/sqlite/sqlite_reading.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { DoctorCode } from '../../domain/findings/doctor_code.ts';
import { type Finding, findingAt } from '../../domain/findings/finding.ts';
import { KNOWN_COLUMNS } from '../../domain/thread/known_columns.ts';
import { targetCodex } from '../../domain/thread/target_codex.ts';

/** `oldest_codex`: the version that first had these columns, so that or a later one has run here. Not which: 0.165 to 0.171 have the same. */
export type StateFacts = { file: string; threads: number | null; oldest_codex: string | null; unknown_columns: string[] };

type Examined = { facts: StateFacts; findings: Finding<DoctorCode>[] };

export function examineStateDatabase(home: CodexHome): Examined {
  const file = databaseFile(home, 'state');
  const nothing: StateFacts = { file, threads: null, oldest_codex: null, unknown_columns: [] };
  const found = findingAt<DoctorCode>(file);
  try {
    const database = openForReading(file);
    if (!database)
      return {
        facts: nothing,
        findings: [
          found('no_database_yet', 'note', 'Codex has made no database here yet; it indexes sessions at its first start.', null),
        ],
      };
    try {
      return examineTables(database, file);
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    if (error.code === 'database_locked')
      return { facts: nothing, findings: [found('database_locked', 'error', error.message, String(error.hint))] };
    const mend = 'close Codex, move the file aside and start Codex: it makes a new one from the rollouts';
    return { facts: nothing, findings: [found('database_damaged', 'error', `${error.message} ${error.hint ?? ''}`, mend)] };
  }
}

function examineTables(database: Database, file: string): Examined {
  const found = findingAt<DoctorCode>(file);
  const problem = firstDamage(database, 'quick_check');
  if (problem !== null)
    return {
      facts: { file, threads: null, oldest_codex: null, unknown_columns: [] },
      findings: [
        found(
          'database_damaged',
          'error',
          `SQLite finds it damaged: ${problem}.`,
          'restore it from a backup, or let Codex make a new one',
        ),
      ],
    };
  const columns = columnsOf(database, 'threads').map(({ name }) => name);
  const unknown_columns = columns.filter((name) => !KNOWN_COLUMNS.has(name));
  const threads = columns.length === 0 ? null : countOf(database);
  const oldest_codex = targetCodex({ columns: new Set(columns), cliVersions: [], override: null }).version;
  return {
    facts: { file, threads, oldest_codex, unknown_columns },
    findings: [
      ...(lacksMigrations(database) ? [unmigratedDatabase(file)] : []),
      ...(unknown_columns.length > 0
        ? [
            found(
              'unknown_columns',
              'note',
              `This tool does not know these columns, so its Codex may be newer: ${unknown_columns.join(', ')}. They are carried through as they are.`,
              null,
            ),
          ]
        : []),
    ],
  };
}

const countOf = (database: Database): number =>
  Number((database.prepare('SELECT count(*) AS threads FROM threads').get() as { threads: bigint }).threads);
