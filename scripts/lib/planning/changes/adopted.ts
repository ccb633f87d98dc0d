// A sync adopts by itself: what it learns of a session that was here and that no lineage knew.

import type { Change } from '../../domain/plan/plan.ts';
import type { Outcome } from './plan_new_session.ts';

export const withAdopted = (outcome: Outcome): Outcome => ({
  ...outcome,
  session: { ...outcome.session, adopted: outcome.changes.some(({ change }) => isFoundHead(change)) },
});

/** Heads are written once; only those of sessions that a run finds here have that origin. */
function isFoundHead(change: Change): boolean {
  if (change.kind !== 'operation' || change.operation.kind !== 'row') return false;
  const { table, before, after } = change.operation;
  return table === 'heads' && before === null && after?.origin === 'found';
}
