// In which form incoming lines can be added to a local file, and what becomes of those that cannot.

import type { RolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import type { Relation } from '../../domain/compare/relation.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { RolloutForm } from '../../domain/plan/plan.ts';
import { because } from '../../domain/reasons/reason.ts';
import type { Match } from './matched_head.ts';

/** Null where one file cannot hold both: Codex refuses lines of the other form. */
export function formToAppend(incoming: IncomingSession, end: RolloutEnd, relation: Relation): RolloutForm | null {
  if (!relation.resumesWithTurn || hasNoNumbers(end)) return null;
  if (end.historyMode === incoming.transcript.meta.historyMode) return 'as_it_is';
  return end.historyMode === 'legacy' && relation.acrossForms ? 'legacy' : null;
}

/** The same verdict, but a branch where the incoming lines cannot be added to the local file. */
export function inFittingForm(incoming: IncomingSession, verdict: Match): Match {
  const { classification, best } = verdict;
  if (classification !== 'fast_forward_import' || !best?.end || formToAppend(incoming, best.end, best.relation)) return verdict;
  return { ...verdict, classification: 'diverged_lineage', ...(hasNoNumbers(best.end) ? UNNUMBERED : otherForm(best.end)) };
}

/** Codex refuses a paginated rollout without ordinals; beyond 2^53 nothing can be counted on. */
const hasNoNumbers = ({ historyMode, lastOrdinal }: RolloutEnd): boolean =>
  historyMode === 'paginated' && !Number.isSafeInteger(lastOrdinal ?? Number.NaN);

const UNNUMBERED = because(
  'numbers_missing',
  'the local lines have no usable ordinals, so the new incoming lines become a branch',
);

const otherForm = ({ historyMode }: RolloutEnd) =>
  because(
    'format_migration',
    `format_migration: the local history is ${historyMode} and the new incoming lines cannot be appended to it, so they become a branch`,
  );
