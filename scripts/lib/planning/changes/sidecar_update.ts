// What the sidecar is told of one session of a run.

import type { IncomingSession, LocalizedFolder } from '../../domain/plan/incoming_session.ts';
import type { SyncRecord } from '../../domain/plan/sidecar_changes.ts';
import type { Head } from '../../domain/sidecar/sidecar.ts';
import type { SyncContext } from '../context/sync_context.ts';

/** `name`: what both sides call it from now on; null where they have not agreed on one. */
export function syncRecord(
  incoming: IncomingSession,
  head: Omit<Head, 'lineage_id'>,
  { rolloutPath, name }: { rolloutPath: string; name: string | null },
  { rule }: LocalizedFolder,
  { options, packedAt }: SyncContext,
): SyncRecord {
  const title = name ?? (typeof incoming.row.title === 'string' ? incoming.row.title : null);
  return {
    head: { ...head, lineage_id: incoming.lineageId },
    rolloutPath,
    agreed: { name, title, archived: incoming.archived ? 1 : 0, packed_at: packedAt },
    pathRules: rule === 'map-path' ? options.mapPaths : [],
  };
}
