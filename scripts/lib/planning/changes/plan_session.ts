// One session of a package: first which session of this machine it is, then, when that is settled for all, what is to be done.

import type { LocalSession } from '../../adapters/codex_home/local_home.ts';
import { holdsNothing } from '../../adapters/rollout/thread_files.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { because } from '../../domain/codes/reason.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Fault, ValidSession } from '../../domain/package/package.ts';
import { seedOfChild } from '../../domain/rollout/thread_tree.ts';
import { withClassifiers } from '../context/extensions_in_use.ts';
import type { SyncContext } from '../context/sync_context.ts';
import { type Decision, decide } from '../match/relate_session.ts';
import { considerDeletion, planDeleted, withoutTombstone } from './deleted_locally.ts';
import { describeInvalid } from './describe_session.ts';
import { idOfBranch, idOfCopy, type Outcome, planBranch, planCopy, planCreate } from './plan_new_session.ts';
import { inFittingForm, planAppend, planKeep } from './plan_present_session.ts';
import { hasSomethingToMend } from './present_changes.ts';

/** A session here that the incoming one would belong to can be damaged. */
export type Settled = Decision | Fault;

/** Parents are settled before their sub-agents. A damaged rollout of this machine is no reason to leave the other sessions out. */
export function settleSession(incoming: ValidSession, context: SyncContext): Settled {
  try {
    return settle(incoming, context);
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'malformed_rollout') throw error;
    return { ...because('local_unreadable', `a session here cannot be read: ${error.message}`), where: error.where ?? '' };
  }
}

function settle(incoming: ValidSession, context: SyncContext): Settled {
  const decided = decideSurely(incoming, context);
  const verdict = withClassifiers(decided.verdict, context.options);
  if ('where' in verdict) return verdict;
  const fitting = inFittingForm(incoming, { ...decided, verdict }, context);
  const decision = considerDeletion(incoming, withOneWriter(incoming, fitting, context), context);
  const here = idHere(incoming, decision, context);
  if (here.leftAlone) context.family.leaveAlone(incoming, here.leftAlone);
  context.family.settle(incoming, here.id);
  const isCopy = decision.verdict.classification === 'new_lineage' && here.id !== incoming.threadId;
  return isCopy ? { ...decision, verdict: { ...decision.verdict, ...COPIED } } : decision;
}

const COPIED = because('copied_with_parent', 'its parent is another session here, so it becomes a copy below that one');

/** Where two packed sessions go on from one that is here, only one of them can be added to it. */
function withOneWriter(incoming: ValidSession, decision: Decision, context: SyncContext): Decision {
  const { verdict, local } = decision;
  if (verdict.classification !== 'fast_forward_import' || !local) return decision;
  if (context.mayWrite(local.threadId, incoming.threadId)) return decision;
  return { ...decision, verdict: { ...verdict, classification: 'diverged_lineage', ...TAKEN } };
}

const TAKEN = because(
  'another_goes_on',
  'another session of the package goes on with the one here, so this one becomes a branch beside it',
);

function decideSurely(incoming: ValidSession, context: SyncContext): Decision {
  const decision = decide(incoming, context, 'trust fingerprints');
  // Nothing is written on the strength of a fingerprint alone.
  const isSure = !decision.isKnown || !hasSomethingToMend(incoming, decision, decision.local as LocalSession, context);
  return isSure ? decision : decide(incoming, context, 'read everything');
}

type Here = { id: ThreadId; leftAlone: 'none' | 'refuse' | null };

function idHere(incoming: ValidSession, { verdict, local, deletion }: Decision, context: SyncContext): Here {
  if (deletion) return { id: deletion.grave.thread_id as ThreadId, leftAlone: 'none' };
  const { onDivergence, onCollision } = context.options;
  const own = incoming.threadId;
  switch (verdict.classification) {
    case 'new_lineage':
      return { id: idOfNew(incoming, context), leftAlone: context.family.parentLeftAlone(incoming) as Here['leftAlone'] };
    case 'unchanged':
    case 'fast_forward_import':
      return { id: local?.threadId ?? own, leftAlone: null };
    case 'diverged_lineage':
      return onDivergence === 'branch'
        ? { id: idOfBranch(incoming, verdict, context), leftAlone: null }
        : { id: local?.threadId ?? own, leftAlone: onDivergence === 'skip' ? 'none' : 'refuse' };
    case 'id_collision_unrelated':
      return onCollision === 'skip' ? { id: own, leftAlone: 'refuse' } : { id: idOfCopy(incoming, context), leftAlone: null };
    default:
      return verdict.classification satisfies never;
  }
}

/** Its own id, unless its parent has another one here: then the tree is a copy, and so is the sub-agent. A row without a rollout, or with one that holds nothing, is in nobody's way. */
function idOfNew(incoming: ValidSession, context: SyncContext): ThreadId {
  const parent = context.family.parentHere(incoming);
  const isBelowItsOwn = parent === null || parent === incoming.carried.parent;
  const file = context.local.sessions.get(incoming.threadId)?.file ?? null;
  if (isBelowItsOwn && (file === null || holdsNothing(file))) return incoming.threadId;
  return context.freeId(Date.parse(incoming.transcript.meta.timestamp), seedOfChild(parent ?? '', incoming.threadId));
}

export function carryOut(incoming: ValidSession, decision: Settled, context: SyncContext): Outcome {
  if (!('verdict' in decision)) return { session: describeInvalid(incoming, decision), changes: [] };
  if (decision.deletion) return planDeleted(incoming, decision, decision.deletion, context);
  return withoutTombstone(incoming, outcomeOf(incoming, decision, context), context);
}

function outcomeOf(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
  switch (decision.verdict.classification) {
    case 'new_lineage':
      return planCreate(incoming, decision, context.family.idHere(incoming) === incoming.threadId ? 'synced' : 'copy', context);
    case 'unchanged':
      return planKeep(incoming, decision, decision.local as LocalSession, context);
    case 'fast_forward_import':
      return planAppend(incoming, decision, decision.local as LocalSession, context);
    case 'diverged_lineage':
      return planBranch(incoming, decision, context);
    case 'id_collision_unrelated':
      return planCopy(incoming, decision, context);
    default:
      return decision.verdict.classification satisfies never;
  }
}
