// What the sidecar is told of one session of a run, and the file itself where there is none yet.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import type { IncomingSession, LocalizedFolder } from '../../domain/plan/incoming_session.ts';
import type { PlannedChange } from '../../domain/plan/plan.ts';
import { forThread } from '../../domain/plan/session_changes.ts';
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

export const newSidecar = (home: CodexHome): PlannedChange[] =>
  forThread(null, [{ kind: 'create_sidecar', path: databaseFile(home, 'sidecar') }]);

/** For a run that makes these changes: whatever it does is remembered. */
export const sidecarFor = (home: CodexHome, { sidecarExists }: LocalHome, changes: PlannedChange[]): PlannedChange[] =>
  changes.length > 0 && !sidecarExists ? newSidecar(home) : [];
