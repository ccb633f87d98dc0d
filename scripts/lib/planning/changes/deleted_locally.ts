// A session that a sync had brought and that the user has deleted locally since does not come back by itself.

import path from 'node:path';
import { statFile } from '../../adapters/disk/file_reading.ts';
import { digestRanges } from '../../adapters/lines/range_reader.ts';
import { parseRolloutName, type RolloutName, rolloutPathFor } from '../../domain/ids/rollout_name.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { PlannedChange } from '../../domain/plan/plan.ts';
import { asChanges, forThread } from '../../domain/plan/session_changes.ts';
import { because } from '../../domain/reasons/reason.ts';
import { rangesUpTo } from '../../domain/rollout/byte_range.ts';
import { type Deletion, type SyncPoint, sidecarOperations, type Tombstone, turnsThen } from '../../domain/sidecar/sidecar.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Match } from '../match/matched_head.ts';
import type { Decision, SessionPlan } from './decision.ts';
import { describe } from './describe_session.ts';

/** Whatever is alive locally wins: only a session that no local one belongs to, or that would be a branch, can have been deleted. */
export function considerDeletion(
  incoming: IncomingSession,
  verdict: Match,
  context: SyncContext,
): { verdict: Match; deletion: Deletion | null } {
  const deletion = findDeletion(incoming, verdict, context);
  if (!deletion) return { verdict, deletion };
  const reason = reasonOf(deletion.tombstone);
  return context.options.resurrect
    ? { verdict: { ...verdict, ...because('brought_back', `${reason}, restored by --resurrect`) }, deletion: null }
    : { verdict: { classification: 'unchanged', ...because('deleted_here', reason), best: null }, deletion };
}

const reasonOf = ({ noticed_at }: Tombstone): string =>
  noticed_at ? `deleted locally on ${noticed_at.slice(0, 10)}` : 'deleted locally since the last sync';

function findDeletion(incoming: IncomingSession, { classification, best }: Match, context: SyncContext): Deletion | null {
  switch (classification) {
    case 'new_lineage':
      return findDeletedLineage(incoming, context);
    case 'diverged_lineage':
      return findDeletedHead(incoming, best?.relation.turns.shared ?? 0, context);
    default:
      return null;
  }
}

function findDeletedLineage(incoming: IncomingSession, context: SyncContext): Deletion | null {
  const { sidecar } = context.local;
  const known = sidecar.tombstone(incoming.threadId);
  const head = sidecar.pointsOfSource(incoming.threadId)[0]?.thread_id;
  const lineageId = known?.lineage_id ?? (head && sidecar.head(head)?.lineage_id);
  if (!lineageId || isAlive(lineageId, incoming.threadId, context)) return null;
  return known ? { tombstone: known, isRecorded: true } : unrecorded(incoming, head as string, lineageId, context);
}

/**
 * A session whose conversation lives on locally in another one. Deleted is what no local session was ever synced with, and a head of which this
 * is the same or more: mostly a branch. A tombstone without its sync point does not tell what that head held.
 */
function findDeletedHead(incoming: IncomingSession, shared: number, context: SyncContext): Deletion | null {
  const { sidecar, sessions } = context.local;
  const points = sidecar.pointsOfSource(incoming.threadId);
  const gone = points.filter(({ thread_id }) => !sessions.has(thread_id));
  const isServed = sessions.has(incoming.threadId) || gone.length < points.length;
  const point = isServed ? gone.find((one) => turnsThen(one) > shared && beginsWith(incoming, one)) : gone[0];
  const known = sidecar.tombstone(incoming.threadId);
  const hasPoint = known && sidecar.point(known.thread_id, incoming.threadId) !== null;
  if (known && !sessions.has(known.thread_id) && (point?.thread_id === known.thread_id || !hasPoint))
    return { tombstone: known, isRecorded: true };
  const lineageId = point && sidecar.head(point.thread_id)?.lineage_id;
  return lineageId ? unrecorded(incoming, point.thread_id, lineageId, context) : null;
}

const beginsWith = ({ ranges, size }: IncomingSession, { incoming_size, incoming_digest }: SyncPoint): boolean =>
  incoming_size <= size && digestRanges(rangesUpTo(ranges, incoming_size)) === incoming_digest;

const unrecorded = (incoming: IncomingSession, thread_id: string, lineage_id: string, context: SyncContext): Deletion => ({
  tombstone: {
    source_thread_id: incoming.threadId,
    thread_id,
    lineage_id,
    noticed_at: lastChangeWhere(incoming, thread_id, context),
  },
  isRecorded: false,
});

/** A row without a rollout, or a rollout without a row, is a session that Codex may still show. */
function isAlive(lineageId: string, source: string, { local: { sidecar, sessions } }: SyncContext): boolean {
  const heads = sidecar.headsOf(lineageId);
  const points = sidecar.pointsOfSource(source);
  return [source, ...[...heads, ...points].map(({ thread_id }) => thread_id)].some((id) => sessions.has(id));
}

/** The folder of a rollout changes when the rollout goes, and is younger then than what the sync wrote; empty where it is gone too. */
function lastChangeWhere(incoming: IncomingSession, head: string, { home, local }: SyncContext): string {
  const point = local.sidecar.point(head, incoming.threadId);
  const relative =
    head === incoming.threadId
      ? `sessions/${(parseRolloutName(incoming.rolloutName) as RolloutName).folder}/x`
      : rolloutPathFor(head as ThreadId);
  const folder = path.join(home.path, ...path.posix.dirname(relative).split('/'));
  const changed = statFile(folder)?.mtime ?? 0;
  return point && changed > point.local_mtime ? new Date(changed).toISOString() : '';
}

/** The session stays away, and the sidecar remembers since when. Head and sync points stay: they say what was synced. */
export function planDeleted(decision: Decision, { tombstone, isRecorded }: Deletion, context: SyncContext): SessionPlan {
  const changes = isRecorded ? [] : asChanges(sidecarOperations('tombstones', null, tombstone));
  return { session: describe(decision, 'none', context), changes: forThread(tombstone.thread_id, changes) };
}

/** A session that is local again has no tombstone. One that is local and holds less than the deleted one did is another. */
export function withoutTombstone(incoming: IncomingSession, plan: SessionPlan, { local }: SyncContext): SessionPlan {
  const before = local.sidecar.tombstone(incoming.threadId);
  const { local_thread_id: threadId, action } = plan.session;
  if (!before || action === 'refuse' || !threadId) return plan;
  const point = before.thread_id === threadId ? null : local.sidecar.point(before.thread_id, incoming.threadId);
  if (action === 'none' && point && turnsThen(point) > incoming.transcript.turns) return plan;
  return {
    ...plan,
    changes: [...plan.changes, ...forThread(threadId, asChanges(sidecarOperations('tombstones', before, null)))],
  };
}

/** A plan knows no clock; a tombstone without a better date gets that of the run that writes it. */
export function dated(planned: PlannedChange, now: Date): PlannedChange {
  const { change } = planned;
  if (change.kind !== 'operation' || change.operation.kind !== 'row') return planned;
  const { operation } = change;
  if (operation.table !== 'tombstones' || operation.after?.noticed_at !== '') return planned;
  const after = { ...operation.after, noticed_at: now.toISOString() };
  return { ...planned, change: { kind: 'operation', operation: { ...operation, after } } };
}
