import { SyncError } from '../domain/errors.ts';
import { emptyKnowledge, type Head, SIDECAR_SCHEMA_VERSION, type SidecarKnowledge, type SyncPoint } from '../domain/sidecar.ts';
import { openForReading, selectRows } from './sqlite.ts';

/** Reads the whole sidecar; a missing one knows nothing. */
export function readSidecar(file: string): SidecarKnowledge {
  const database = openForReading(file);
  if (!database) return emptyKnowledge();
  try {
    const version = Number(database.pragma('user_version', { simple: true }));
    if (version > SIDECAR_SCHEMA_VERSION) throw tooNew(file, version);
    const rows = <T>(table: string): T[] => selectRows(database, table) as unknown as T[];
    return {
      lineages: new Map(rows<{ lineage_id: string; root: string | null }>('lineages').map((row) => [row.lineage_id, row])),
      lineageBySource: new Map(
        rows<{ source_thread_id: string; lineage_id: string }>('sources').map((row) => [row.source_thread_id, row.lineage_id]),
      ),
      heads: new Map(rows<Head>('heads').map((row) => [row.thread_id, row])),
      syncPoints: rows<SyncPoint>('sync_points'),
      pathRules: rows<SidecarKnowledge['pathRules'][number]>('path_rules'),
    };
  } finally {
    database.close();
  }
}

const tooNew = (file: string, version: number): SyncError =>
  new SyncError('sidecar_newer', `The sidecar has schema ${version}; this version knows up to ${SIDECAR_SCHEMA_VERSION}.`, {
    where: file,
    hint: 'update codex-session-sync',
  });
