// A session that a sync had brought and that the user deleted here since does not come back by itself.

import path from 'node:path';
import { statFile } from '../../adapters/disk/disk.ts';
import { digestRanges } from '../../adapters/lines/range_reader.ts';
import { because } from '../../domain/codes/reason.ts';
import { parseRolloutName, type RolloutName, rolloutPathFor } from '../../domain/ids/rollout_name.ts';
import { rangesUpTo } from '../../domain/json/byte_range.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import type { Change, PlannedChange } from '../../domain/plan/plan.ts';
import { type Deletion, pointOf, type SyncPoint, sidecarRow, type Tombstone, turnsThen } from '../../domain/sidecar/sidecar.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Decision } from '../match/relate_session.ts';
import { describe } from './describe_session.ts';
import type { Outcome } from './plan_new_session.ts';

/** Whatever is alive here wins: only a session that nothing here belongs to, or that would be a branch, can have been deleted. */
export function considerDeletion(incoming: ValidSession, decision: Decision, context: SyncContext): Decision {
  const deletion = findDeletion(incoming, decision, context);
  if (!deletion) return decision;
  const reason = saidOf(deletion.grave);
  if (context.options.resurrect)
    return {
      ...decision,
      verdict: { ...decision.verdict, ...because('brought_back', `${reason}, brought back by --resurrect`) },
    };
  return { ...decision, verdict: { classification: 'unchanged', ...because('deleted_here', reason), best: null }, deletion };
}

const saidOf = ({ noticed_at }: Tombstone): string =>
  noticed_at ? `deleted here on ${noticed_at.slice(0, 10)}` : 'deleted here since the last sync';

function findDeletion(incoming: ValidSession, { verdict }: Decision, context: SyncContext): Deletion | null {
  switch (verdict.classification) {
    case 'new_lineage':
      return findDeletedLineage(incoming, context);
    case 'diverged_lineage':
      return findDeletedHead(incoming, verdict.best?.relation.turns.shared ?? 0, context);
    default:
      return null;
  }
}

function findDeletedLineage(incoming: ValidSession, context: SyncContext): Deletion | null {
  const { sidecar } = context.local;
  const buried = sidecar.tombstoneOfSource.get(incoming.threadId);
  const head = sidecar.pointsOfSource.get(incoming.threadId)?.[0]?.thread_id;
  const lineageId = buried?.lineage_id ?? (head && sidecar.heads.get(head)?.lineage_id);
  if (!lineageId || isAlive(lineageId, incoming.threadId, context)) return null;
  return buried ? { grave: buried, isMarked: true } : unmarked(incoming, head as string, lineageId, context);
}

/**
 * A session whose conversation lives on here in another one. Deleted is what no session here was ever synced with, and a head of which this
 * is the same or more: mostly a branch. A tombstone without its sync point does not tell what that head held.
 */
function findDeletedHead(incoming: ValidSession, shared: number, context: SyncContext): Deletion | null {
  const { sidecar, sessions } = context.local;
  const points = sidecar.pointsOfSource.get(incoming.threadId) ?? [];
  const gone = points.filter(({ thread_id }) => !sessions.has(thread_id));
  const isServed = sessions.has(incoming.threadId) || gone.length < points.length;
  const point = isServed ? gone.find((one) => turnsThen(one) > shared && beginsWith(incoming, one)) : gone[0];
  const buried = sidecar.tombstoneOfSource.get(incoming.threadId);
  const isKnown = buried && pointOf(sidecar, buried.thread_id, incoming.threadId) !== null;
  if (buried && !sessions.has(buried.thread_id) && (point?.thread_id === buried.thread_id || !isKnown))
    return { grave: buried, isMarked: true };
  const lineageId = point && sidecar.heads.get(point.thread_id)?.lineage_id;
  return lineageId ? unmarked(incoming, point.thread_id, lineageId, context) : null;
}

const beginsWith = ({ ranges, size }: ValidSession, { incoming_size, incoming_digest }: SyncPoint): boolean =>
  incoming_size <= size && digestRanges(rangesUpTo(ranges, incoming_size)) === incoming_digest;

const unmarked = (incoming: ValidSession, thread_id: string, lineage_id: string, context: SyncContext): Deletion => ({
  grave: {
    source_thread_id: incoming.threadId,
    thread_id,
    lineage_id,
    noticed_at: lastChangeWhere(incoming, thread_id, context),
  },
  isMarked: false,
});

/** A row without a rollout, or a rollout without a row, is a session that Codex may still show. */
function isAlive(lineageId: string, source: string, { local: { sidecar, sessions } }: SyncContext): boolean {
  const heads = sidecar.headsOfLineage.get(lineageId) ?? [];
  const points = sidecar.pointsOfSource.get(source) ?? [];
  return [source, ...[...heads, ...points].map(({ thread_id }) => thread_id)].some((id) => sessions.has(id));
}

/** The folder of a rollout changes when the rollout goes, and is younger then than what the sync wrote; empty where it is gone too. */
function lastChangeWhere(incoming: ValidSession, head: string, { home, local }: SyncContext): string {
  const point = local.sidecar.pointsOfHead.get(head)?.find(({ source_thread_id }) => source_thread_id === incoming.threadId);
  const relative =
    head === incoming.threadId
      ? `sessions/${(parseRolloutName(incoming.rolloutName) as RolloutName).folder}/x`
      : rolloutPathFor(head as ValidSession['threadId']);
  const folder = path.join(home.path, ...path.posix.dirname(relative).split('/'));
  const changed = statFile(folder)?.mtime ?? 0;
  return point && changed > point.local_mtime ? new Date(changed).toISOString() : '';
}

/** The session stays away, and the sidecar remembers since when. Head and sync points stay: they say what was synced. */
export function planDeleted(
  incoming: ValidSession,
  decision: Decision,
  { grave, isMarked }: Deletion,
  context: SyncContext,
): Outcome {
  const session = describe(incoming, decision, 'none', null, context);
  const operation = isMarked ? null : sidecarRow('tombstones', null, grave);
  const changes: Change[] = operation ? [{ kind: 'operation', operation }] : [];
  return { session, changes: changes.map((change) => ({ thread_id: grave.thread_id, change })) };
}

/** A session that is here again has no tombstone. One that is here and holds less than the deleted one did is another. */
export function withoutTombstone(incoming: ValidSession, outcome: Outcome, { local }: SyncContext): Outcome {
  const before = local.sidecar.tombstoneOfSource.get(incoming.threadId);
  const { local_thread_id: threadId, action } = outcome.session;
  if (!before || action === 'refuse' || !threadId) return outcome;
  const point = before.thread_id === threadId ? null : pointOf(local.sidecar, before.thread_id, incoming.threadId);
  if (action === 'none' && point && turnsThen(point) > incoming.transcript.turns) return outcome;
  const key = { source_thread_id: before.source_thread_id };
  const operation = { kind: 'row', database: 'sidecar', table: 'tombstones', key, before, after: null } as const;
  return { ...outcome, changes: [...outcome.changes, { thread_id: threadId, change: { kind: 'operation', operation } }] };
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
