// What the sidecar records of a session that is adopted.

import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localRanges } from '../../adapters/local_sessions/local_rollout.ts';
import type { PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { readContent as readContentOf } from '../../adapters/rollout/transcript_cache.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Transcript } from '../../domain/compare/transcript.ts';
import { uncompressed } from '../../domain/ids/rollout_name.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { recordSync, type SyncRecord } from '../../domain/plan/sidecar_changes.ts';
import type { SessionMeta } from '../../domain/rollout/session_meta.ts';
import { nameOf } from '../../domain/thread/thread_name.ts';

export const isArchived = ({ archived, row }: PresentSession): boolean => archived || Number(row?.archived ?? 0) === 1;

export type LocalContent = { transcript: Transcript & { meta: SessionMeta }; digest: string; size: number };

/** What a package of this very session would hold; a session that nobody should import is refused with the reason. */
export function readContent(local: LocalHome, { file, threadId }: PresentSession): LocalContent {
  const { transcript, digest } = readContentOf(localRanges(local, file), []);
  const { fault, meta } = transcript;
  if (fault || !meta) throw new SyncError('malformed_rollout', fault?.reason ?? 'it has no first line', { where: file });
  if (meta.id !== threadId) throw new SyncError('malformed_rollout', `its first line belongs to ${meta.id}`, { where: file });
  return { transcript: { ...transcript, meta }, digest, size: transcript.bytes };
}

/** Lineage, head and sync point. The sync point says that the session's own bytes, as they are on this machine, were agreed on. */
export function adoptionChanges(
  { sidecar }: LocalHome,
  session: PresentSession,
  content: LocalContent,
): { lineageId: string; changes: Change[] } {
  const { threadId, row } = session;
  const name = nameOf(row ?? {}, session.name);
  const lineageId = sidecar.lineageFor(threadId, content.transcript.root);
  const title = name ?? (typeof row?.title === 'string' ? row.title : null);
  const record: SyncRecord = {
    head: { thread_id: threadId, lineage_id: lineageId, origin: 'found', branched_from: null },
    rolloutPath: uncompressed(session.file),
    agreed: { name, title, archived: isArchived(session) ? 1 : 0, packed_at: null },
    pathRules: [],
  };
  return { lineageId, changes: recordSync({ threadId, ...content }, record, sidecar) };
}
