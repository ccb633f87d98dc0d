// One session of a package: its decision, and who carries it out.

import type { LocalSession } from '../adapters/local_home.ts';
import { SyncError } from '../domain/errors.ts';
import type { ValidSession } from '../domain/package.ts';
import { describeInvalid } from './describe_session.ts';
import { type Outcome, planBranch, planCopy, planCreate } from './plan_new_session.ts';
import { planAppend, planKeep } from './plan_present_session.ts';
import { hasSomethingToMend } from './present_changes.ts';
import { type Decision, decide } from './relate_session.ts';
import type { SyncContext } from './sync_context.ts';

export function planSession(incoming: ValidSession, context: SyncContext): Outcome {
  try {
    return planReadable(incoming, context);
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'malformed_rollout') throw error;
    // A damaged rollout of this machine is no reason to leave the other sessions out.
    const invalid = { reason: `a session here cannot be read: ${error.message}`, where: error.where ?? '' };
    return { session: describeInvalid({ ...incoming, invalid }), changes: [] };
  }
}

function planReadable(incoming: ValidSession, context: SyncContext): Outcome {
  const decision = decide(incoming, context, 'trust fingerprints');
  // Nothing is written on the strength of a fingerprint alone.
  const isSure = !decision.isKnown || !hasSomethingToMend(incoming, decision, decision.local as LocalSession, context);
  return carryOut(incoming, isSure ? decision : decide(incoming, context, 'read everything'), context);
}

function carryOut(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
  switch (decision.verdict.classification) {
    case 'new_lineage':
      return planCreate(incoming, decision, incoming.threadId, 'synced', context);
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
