// What is to be done with one session of a package, once it is decided for all which sessions of this machine they are.

import { trace } from '../../adapters/run/trace.ts';
import type { NamedSession } from '../../domain/plan/incoming_session.ts';
import type { Change } from '../../domain/plan/plan.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { MatchedHead, ReadHead } from '../match/matched_head.ts';
import type { Decided, Decision, SessionPlan } from './decision.ts';
import { planDeleted, withoutTombstone } from './deleted_locally.ts';
import { describeInvalid } from './describe_session.ts';
import { planDivergence } from './plan_divergence.ts';
import { planAppend, planKeep } from './plan_local_session.ts';
import { planCopy, planCreate } from './plan_new_session.ts';

export function planSession(packed: NamedSession, decided: Decided, context: SyncContext): SessionPlan {
  if ('where' in decided) {
    trace('plan', () => `${packed.threadId} is left out (${decided.reason_code}: ${decided.reason})`);
    return { session: describeInvalid(packed, decided), changes: [] };
  }
  const incoming = context.family.withLocalParent(decided.incoming);
  const decision = { ...decided, incoming };
  const { session, changes } = decision.deletion
    ? planDeleted(decision, decision.deletion, context)
    : withoutTombstone(incoming, planDecision(decision, context), context);
  trace(
    'plan',
    () => `${session.thread_id}: ${session.action}; ${changes.map(({ change }) => kindOf(change)).join(', ') || 'no changes'}`,
  );
  return { session, changes };
}

function planDecision(decision: Decision, context: SyncContext): SessionPlan {
  const { classification, best } = decision.verdict;
  switch (classification) {
    case 'new_lineage':
      return planCreate(decision, decision.localId === decision.incoming.threadId ? 'synced' : 'copy', context);
    case 'unchanged':
      return planKeep(decision, best as MatchedHead, context);
    case 'fast_forward_import':
      return planAppend(decision, best as ReadHead, context);
    case 'diverged_lineage':
      return planDivergence(decision, context);
    case 'id_collision_unrelated':
      return planCopy(decision, context);
    default:
      return classification satisfies never;
  }
}

const kindOf = (change: Change): string =>
  change.kind !== 'operation'
    ? change.kind
    : change.operation.kind === 'row'
      ? `row of ${change.operation.table}`
      : change.operation.kind;
