// The cheap way to `unchanged`: this very content was synced, and the head's file has not been touched since.

import { statFile } from '../../adapters/disk/file_reading.ts';
import { isPresent } from '../../adapters/local_sessions/local_session.ts';
import { emptyRelation, type Relation } from '../../domain/compare/relation.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import { because } from '../../domain/reasons/reason.ts';
import { isAsLeft } from '../../domain/sidecar/sidecar.ts';
import { folderOfHead } from '../context/current_folder.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Match, MatchedHead } from './matched_head.ts';

export function findKnown(
  incoming: IncomingSession,
  { local, family, target }: SyncContext,
): (Match & { best: MatchedHead }) | null {
  for (const point of local.sidecar.pointsOfSource(incoming.threadId)) {
    const session = local.sessions.get(point.thread_id);
    if (point.incoming_digest !== incoming.digest || !isPresent(session)) continue;
    const stat = statFile(session.file);
    if (!stat || !isAsLeft(stat, point) || !family.canBe(incoming, session)) continue;
    const { threadId } = session;
    const folder = folderOfHead(incoming, session, null, target);
    const best = { threadId, sameId: threadId === incoming.threadId, relation: sameLines(incoming), session, folder, end: null };
    const reason = because('synced_before', 'this content was synced before and neither side has changed');
    return { classification: 'unchanged', ...reason, best };
  }
  return null;
}

function sameLines({ transcript, size }: IncomingSession): Relation {
  const same = (shared: number) => ({ shared, local_only: 0, incoming_only: 0 });
  const { lines, turns } = transcript;
  return { ...emptyRelation(), lines: same(lines), turns: same(turns), sharedHistory: lines, incomingResumesAt: size };
}
