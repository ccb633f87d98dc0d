// What a version is told by on the disk: its databases after one conversation.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { isKnownColumn } from '../../../scripts/lib/domain/thread/thread_columns.ts';
import { type Machine, makeProject } from './codex_home.ts';
import type { CodexVersion } from './codex_versions.ts';
import { inLab } from './lab.ts';
import { converse } from './sessions.ts';

export type VersionFacts = {
  stateMigrations: number;
  columns: number;
  unknownColumns: string[];
  /** Tables of the state database that keep something by thread or session, beside `threads`. */
  tables: string[];
  /** Null where the version makes no projection. */
  historyMigration: number | null;
  historyMode: string;
};

export async function factsOf(version: CodexVersion): Promise<VersionFacts> {
  let facts: VersionFacts | undefined;
  await inLab(async (lab) => {
    const machine = await lab.machine('facts', version);
    await converse(machine, await makeProject(machine, 'x'), ['first question', 'RUN echo two']);
    facts = read(machine);
  });
  return facts!;
}

function read(machine: Machine): VersionFacts {
  const state = open(machine, /^state_\d+\.sqlite$/)!;
  const history = open(machine, /^thread_history_\d+\.sqlite$/);
  try {
    const columns = (state.pragma('table_info(threads)') as { name: string }[]).map(({ name }) => name);
    return {
      stateMigrations: newestMigration(state),
      columns: columns.length,
      unknownColumns: columns.filter((name) => !isKnownColumn(name)),
      tables: tablesOfThreads(state),
      historyMigration: history === null ? null : newestMigration(history),
      historyMode: columns.includes('history_mode')
        ? (state.prepare('SELECT history_mode FROM threads').pluck().get() as string)
        : 'legacy',
    };
  } finally {
    state.close();
    history?.close();
  }
}

function open({ databases }: Machine, name: RegExp): Database.Database | null {
  const found = existsSync(databases) ? readdirSync(databases).find((entry) => name.test(entry)) : undefined;
  return found === undefined ? null : new Database(path.join(databases, found), { readonly: true });
}

const newestMigration = (database: Database.Database): number =>
  database.prepare('SELECT max(version) FROM _sqlx_migrations').pluck().get() as number;

function tablesOfThreads(database: Database.Database): string[] {
  const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").pluck().all() as string[];
  return tables.filter(
    (table) =>
      table !== 'threads' &&
      (database.pragma(`table_info(${table})`) as { name: string }[]).some(({ name }) => /thread_id|session_id/.test(name)),
  );
}
