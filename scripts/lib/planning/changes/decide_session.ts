// Which session of this machine an incoming one is. That is decided for all before anything is planned: what is written of one session
// names the ids of others.

import { isPartOfAnother } from '../../adapters/local_sessions/local_home.ts';
import { trace } from '../../adapters/run/trace.ts';
import { isOfOneRollout } from '../../domain/codes/errors.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import { because } from '../../domain/reasons/reason.ts';
import { withClassifiers } from '../context/extensions_in_use.ts';
import type { SyncContext } from '../context/sync_context.ts';
import { inFittingForm } from '../match/append_form.ts';
import { findReplaceable } from '../match/damaged_copy.ts';
import { findKnown } from '../match/known_session.ts';
import { localIdFor } from '../match/local_id.ts';
import { matchSession } from '../match/match_session.ts';
import type { Match } from '../match/matched_head.ts';
import type { Decided, Decision } from './decision.ts';
import { considerDeletion } from './deleted_locally.ts';
import { changesMetadata } from './plan_metadata.ts';

/** Parents are decided before their sub-agents. A damaged rollout of this machine is no reason to leave the other sessions out. */
export function decideSession(incoming: IncomingSession, context: SyncContext): Decided {
  try {
    const known = findKnown(incoming, context);
    // Nothing is written on the strength of a fingerprint alone.
    const damaged = known ? null : findReplaceable(incoming, context);
    if (damaged) return replace(incoming, damaged, context);
    const match = known && !changesMetadata(incoming, known.best, context) ? known : matchSession(incoming, context);
    const verdict = withClassifiers(match, context.options);
    return 'where' in verdict ? verdict : settle(incoming, verdict, context);
  } catch (error) {
    if (!isOfOneRollout(error)) throw error;
    return { ...because('local_unreadable', `a local session cannot be read: ${error.message}`), where: error.where ?? '' };
  }
}

function replace(incoming: IncomingSession, damaged: string, context: SyncContext): Decision {
  context.replace(damaged);
  const reason = because('local_damaged', 'the local file is damaged, and all that can be read of it is in the package');
  return settle(incoming, { classification: 'new_lineage', ...reason, best: null }, context);
}

function settle(incoming: IncomingSession, match: Match, context: SyncContext): Decision {
  const fitting = withOneWriter(incoming, inFittingForm(incoming, beside(incoming, match, context)), context);
  const { verdict, deletion } = considerDeletion(incoming, fitting, context);
  const { localId, leftAlone } = localIdFor(incoming, verdict, deletion, context);
  if (leftAlone) context.family.leaveAlone(incoming, leftAlone);
  context.family.assign(incoming, localId);
  const isCopy = verdict.classification === 'new_lineage' && localId !== incoming.threadId;
  const final = isCopy ? { ...verdict, ...COPIED } : verdict;
  trace(
    'decide',
    () => `${incoming.threadId} is ${final.classification} (${final.reason_code}: ${final.reason}), locally ${localId}`,
  );
  return { incoming, verdict: final, localId, deletion };
}

const COPIED = because('copied_with_parent', 'its parent has another id locally, so it becomes a copy below that session');

/**
 * A revert gives a session another file, with an id of its own, by which forks name what they continue. A session of that id would stand for it:
 * Codex would show and continue those forks without their history (0.171).
 */
const beside = (incoming: IncomingSession, match: Match, { local }: SyncContext): Match =>
  match.classification === 'new_lineage' && isPartOfAnother(incoming.threadId, local) ? { ...match, ...COLLIDES } : match;

const COLLIDES = {
  classification: 'id_collision_unrelated',
  ...because('same_id_as_revert', 'a file that a revert made for another local session has the same id'),
} as const;

/** Where two packed sessions go on from one local one, only one of them can be added to it. */
const withOneWriter = (incoming: IncomingSession, match: Match, context: SyncContext): Match =>
  match.classification !== 'fast_forward_import' || !match.best || context.claim(match.best.threadId, incoming.threadId)
    ? match
    : { ...match, classification: 'diverged_lineage', ...TAKEN };

const TAKEN = because(
  'another_goes_on',
  'another session of the package continues the local one, so this one becomes a branch beside it',
);
