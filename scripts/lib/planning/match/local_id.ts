// Under which id an incoming session lives locally.

import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import { seedOfChild } from '../../domain/rollout/thread_tree.ts';
import type { Deletion } from '../../domain/sidecar/sidecar.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Match } from './matched_head.ts';

/** `leftAlone`: what happens to a session where nothing does, so nothing is made below it either; null elsewhere. */
export type LocalId = { localId: ThreadId; leftAlone: 'none' | 'refuse' | null };

export function localIdFor(
  incoming: IncomingSession,
  { classification, best }: Match,
  deletion: Deletion | null,
  context: SyncContext,
): LocalId {
  if (deletion) return { localId: deletion.tombstone.thread_id as ThreadId, leftAlone: 'none' };
  const { onDivergence, onCollision } = context.options;
  const own = incoming.threadId;
  const matched = best?.threadId ?? own;
  switch (classification) {
    case 'new_lineage':
      return { localId: idOfNew(incoming, context), leftAlone: context.family.parentLeftAlone(incoming) };
    case 'unchanged':
    case 'fast_forward_import':
      return { localId: matched, leftAlone: null };
    case 'diverged_lineage':
      return onDivergence === 'skip' || onDivergence === 'abort'
        ? { localId: matched, leftAlone: onDivergence === 'skip' ? 'none' : 'refuse' }
        : { localId: idOfBranch(incoming, best, context), leftAlone: null };
    case 'id_collision_unrelated':
      return onCollision === 'skip'
        ? { localId: own, leftAlone: 'refuse' }
        : { localId: idOfCopy(incoming, context), leftAlone: null };
    default:
      return classification satisfies never;
  }
}

/** Its own id, unless its parent has another one locally: then the tree is a copy, and so is the sub-agent. A row without a rollout, or with one that holds nothing, is in nobody's way. */
function idOfNew(incoming: IncomingSession, context: SyncContext): ThreadId {
  const parent = context.family.localParentOf(incoming);
  const isBelowItsOwn = parent === null || parent === incoming.parent;
  const file = context.local.sessions.get(incoming.threadId)?.file ?? null;
  if (isBelowItsOwn && (file === null || context.isReplaceable(file))) return incoming.threadId;
  return context.freeId(Date.parse(incoming.transcript.meta.timestamp), seedOfChild(parent ?? '', incoming.threadId));
}

/** An incoming id that is free locally (the package of a branch) is kept; else the id follows from where the two part. */
function idOfBranch({ threadId, transcript }: IncomingSession, best: Match['best'], context: SyncContext): ThreadId {
  if (!context.local.sessions.has(threadId) && !context.local.rollouts.has(threadId)) return threadId;
  const point = best?.relation.firstIncomingOnly;
  return context.freeId(Date.parse(point?.timestamp ?? transcript.meta.timestamp), `branch:${transcript.root}:${point?.digest}`);
}

const idOfCopy = ({ threadId, transcript: { meta, root }, digest }: IncomingSession, context: SyncContext): ThreadId =>
  context.freeId(Date.parse(meta.timestamp), `copy:${threadId}:${root ?? digest}`);
