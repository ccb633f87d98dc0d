import { SyncError } from '../../domain/codes/errors.ts';
import {
  emptyKnowledge,
  type Head,
  SIDECAR_SCHEMA_VERSION,
  SIDECAR_TABLES,
  SIDECAR_UPGRADES,
  type SidecarKnowledge,
  type SyncPoint,
  type Tombstone,
} from '../../domain/sidecar/sidecar.ts';
import { noRows, put, type SidecarRows } from '../../domain/sidecar/sidecar_tables.ts';
import { selectRows } from './sqlite.ts';
import type { Database } from './sqlite_connection.ts';
import { openForReading } from './sqlite_reading.ts';

type RememberedRule = { lineage_id: string; from_path: string; to_path: string };
type Lineage = { lineage_id: string; root: string | null };

/** Reads the whole sidecar; a missing one knows nothing. */
export function readSidecar(file: string): SidecarKnowledge {
  const database = openForReading(file);
  if (!database) return emptyKnowledge();
  try {
    const version = versionOf(database);
    if (version > SIDECAR_SCHEMA_VERSION) throw tooNew(file, version);
    const rows = <T>(table: string): T[] => selectRows(database, table) as unknown as T[];
    const lineages = rows<Lineage>('lineages');
    const points = rows<SyncPoint>('sync_points').map((point) => ({
      ...point,
      archived: point.archived ?? null,
      packed_at: point.packed_at ?? null,
    }));
    const heads = rows<Head>('heads');
    return {
      lineages: new Map(lineages.map((row) => [row.lineage_id, row])),
      lineageByRoot: new Map(lineages.flatMap(({ root, lineage_id }) => (root ? [[root, lineage_id] as const] : []))),
      lineageBySource: new Map(
        rows<{ source_thread_id: string; lineage_id: string }>('sources').map((row) => [row.source_thread_id, row.lineage_id]),
      ),
      heads: new Map(heads.map((row) => [row.thread_id, row])),
      headsOfLineage: groupBy(heads, (head) => head.lineage_id),
      pointsOfHead: groupBy(points, (point) => point.thread_id),
      pointsOfSource: groupBy(points, (point) => point.source_thread_id),
      rulesOfLineage: groupBy(rows<RememberedRule>('path_rules'), (rule) => rule.lineage_id),
      tombstoneOfSource: new Map((version < 3 ? [] : rows<Tombstone>('tombstones')).map((row) => [row.source_thread_id, row])),
    };
  } finally {
    database.close();
  }
}

/** Its rows as they are; null where there is none, or none that can be read. A later version and a busy one are errors. */
export function readSidecarRows(file: string): SidecarRows | null {
  try {
    const database = openForReading(file);
    if (!database) return null;
    try {
      const version = versionOf(database);
      if (version > SIDECAR_SCHEMA_VERSION) throw tooNew(file, version);
      const tables = SIDECAR_TABLES.filter((table) => version >= 3 || table !== 'tombstones');
      const rows = noRows();
      for (const table of tables) for (const row of selectRows(database, table)) put(rows, table, row);
      return rows;
    } finally {
      database.close();
    }
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

function groupBy<T>(values: T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const group = groups.get(keyOf(value));
    if (group) group.push(value);
    else groups.set(keyOf(value), [value]);
  }
  return groups;
}

const tooNew = (file: string, version: number): SyncError =>
  new SyncError('sidecar_newer', `The sidecar has schema ${version}; this version knows up to ${SIDECAR_SCHEMA_VERSION}.`, {
    where: file,
  });
