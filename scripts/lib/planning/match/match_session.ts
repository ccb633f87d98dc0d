// Compares an incoming session with every local one that it could continue, and says which fits best, and how.

import { localRanges } from '../../adapters/local_sessions/local_rollout.ts';
import { supersededBy } from '../../adapters/local_sessions/local_session.ts';
import { classify, type Verdict } from '../../domain/compare/classification.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import { because } from '../../domain/reasons/reason.ts';
import type { SyncContext } from '../context/sync_context.ts';
import { compareWith, relateRanges } from './compare_session.ts';
import type { ReadHead } from './matched_head.ts';

export function matchSession(incoming: IncomingSession, context: SyncContext): Verdict<ReadHead> {
  const { root } = incoming.transcript;
  const heads = context.local.sidecar.headsOf(incoming.lineageId).map(({ thread_id }) => thread_id);
  const compared = new Map<string, ReadHead>();
  compareAll(compared, [incoming.threadId, ...heads], incoming, context);
  let verdict = classify([...compared.values()]);
  if (!isSettled(verdict) && root !== null) {
    compareAll(compared, context.roots.idsWith(root), incoming, context);
    verdict = classify([...compared.values()]);
  }
  if (!verdict.best) return verdict;
  return verdict.best.isBroken ? besideBroken(verdict) : considerReverts(verdict, verdict.best, incoming, context);
}

function compareAll(compared: Map<string, ReadHead>, ids: string[], incoming: IncomingSession, context: SyncContext): void {
  for (const id of ids) {
    const head = compared.has(id) ? null : compareWith(context.local.sessions.get(id), incoming, context);
    if (head) compared.set(id, head);
  }
}

/** A head that holds all or a part of the incoming history cannot be beaten by one that nobody knows. */
const isSettled = ({ classification }: Verdict): boolean =>
  classification === 'unchanged' || classification === 'fast_forward_import';

/** Lines that are added to it would not be seen, and it holds nothing that can be. */
const besideBroken = (verdict: Verdict<ReadHead>): Verdict<ReadHead> =>
  verdict.classification === 'id_collision_unrelated'
    ? verdict
    : {
        ...verdict,
        classification: 'diverged_lineage',
        ...because(
          'local_chain_broken',
          'Codex cannot open the local session, because what it continues is missing or has changed; incoming becomes a branch beside it',
        ),
      };

/**
 * What a revert took back lies in an earlier file of the session. A package that holds no more than that is older; one that went on from
 * there parts from the local session, since nothing that was taken back comes back by itself.
 */
function considerReverts(
  verdict: Verdict<ReadHead>,
  { session, relation }: ReadHead,
  incoming: IncomingSession,
  { local }: SyncContext,
): Verdict<ReadHead> {
  if (verdict.classification !== 'fast_forward_import' && verdict.classification !== 'diverged_lineage') return verdict;
  const earlier = supersededBy(session).map((file) => relateRanges(localRanges(local, file), incoming.ranges));
  const closest = earlier.find(({ lines }) => lines.shared > relation.lines.shared);
  if (!closest) return verdict;
  return closest.incomingAhead === 0
    ? {
        ...verdict,
        classification: 'unchanged',
        ...because('taken_back_here', 'the package is older: its extra turns were reverted locally'),
      }
    : {
        ...verdict,
        classification: 'diverged_lineage',
        ...because('went_on_from_taken_back', 'incoming continues turns that were reverted locally'),
      };
}
