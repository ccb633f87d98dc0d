import { SyncError } from '../../domain/codes/errors.ts';
import { SIDECAR_TABLES } from '../../domain/sidecar/sidecar.ts';
import { ADDED_WITH, SIDECAR_SCHEMA_VERSION, SIDECAR_UPGRADES } from '../../domain/sidecar/sidecar_schema.ts';
import { Sidecar } from '../../domain/sidecar/sidecar_store.ts';
import { selectRows } from './sqlite.ts';
import { type Database, orDatabaseUnreadable } from './sqlite_connection.ts';
import { readDatabase } from './sqlite_reading.ts';

/** Reads the whole sidecar; null where there is none. */
export function readSidecar(file: string): Sidecar | null {
  return readDatabase(file, (database) =>
    orDatabaseUnreadable(file, () => {
      const version = versionOf(database);
      if (version > SIDECAR_SCHEMA_VERSION) throw tooNew(file, version);
      const sidecar = new Sidecar();
      for (const table of SIDECAR_TABLES.filter((name) => version >= (ADDED_WITH[name] ?? 0)))
        for (const row of selectRows(database, table)) sidecar.put(table, row);
      return sidecar;
    }),
  );
}

/** Null also where it cannot be read. A later version and a busy one are errors. */
export function readSidecarUnlessDamaged(file: string): Sidecar | null {
  try {
    return readSidecar(file);
  } catch (error) {
    if (isDamage(error)) return null;
    throw error;
  }
}

/** No database, a torn one, or one without our tables. */
function isDamage(error: unknown): boolean {
  const { code = '', cause } = error as { code?: string; cause?: { code?: string } };
  return /^SQLITE_(NOTADB|CORRUPT|ERROR)/.test(code === 'database_unreadable' ? (cause?.code ?? '') : code);
}

const versionOf = (database: Database): number =>
  Number((database.prepare('PRAGMA user_version').get() as { user_version: bigint }).user_version);

/** Inside the transaction that writes: a run that fails leaves the older sidecar as it was. */
export function upgradeSidecar(database: Database): void {
  const version = versionOf(database);
  if (version >= SIDECAR_SCHEMA_VERSION) return;
  for (const { from, statements } of SIDECAR_UPGRADES) if (from >= version) database.exec(statements);
  database.exec(`PRAGMA user_version = ${SIDECAR_SCHEMA_VERSION};`);
}

const tooNew = (file: string, version: number): SyncError =>
  new SyncError('sidecar_newer', `The sidecar has schema ${version}; this version knows up to ${SIDECAR_SCHEMA_VERSION}.`, {
    where: file,
    hint: 'update codex-session-sync',
  });
