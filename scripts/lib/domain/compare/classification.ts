// The decision table of references/conflict-decision-matrix.md: which of the five an incoming session is, against every head it could belong to.

import type { Classification } from '../codes/class_table.ts';
import type { ThreadId } from '../ids/thread_id.ts';
import { because, type Reason } from '../reasons/reason.ts';
import type { Relation } from './relation.ts';

/** A local session that the incoming one may continue. `sameId`: it has the incoming thread's id. `isBroken`: Codex cannot open it. */
export type Candidate = { threadId: ThreadId; sameId: boolean; relation: Relation; isBroken?: boolean };

export type Verdict<Best extends Candidate = Candidate> = Reason & { classification: Classification; best: Best | null };

/** How well a relation fits, the best first: `sharedHistory` of none is no relation at all. */
export const isBetter = (a: Relation, b: Relation): boolean =>
  a.sharedHistory > 0 && (b.sharedHistory === 0 || rank(a) < rank(b));

export function classify<Best extends Candidate>(candidates: Best[]): Verdict<Best> {
  const best = candidates.filter(isRelated).sort(byFit)[0];
  if (best) return verdictFor(best);
  const namesake = candidates.find(({ sameId }) => sameId);
  if (!namesake)
    return { classification: 'new_lineage', ...because('no_kin', 'no local session belongs to this conversation'), best: null };
  return {
    classification: 'id_collision_unrelated',
    ...because('same_id_unrelated', 'a local session has the same id and no shared history'),
    best: namesake,
  };
}

/**
 * Shared history proves kinship. A fork and its parent share what the fork inherited and are two conversations; two copies of one fork
 * have its id as well. The same id alone does where one side has nothing beyond what is shared.
 */
function isRelated({ sameId, relation }: Candidate): boolean {
  if (relation.sharedHistory > 0 || (sameId && relation.sharedInherited > 0)) return true;
  return sameId && relation.lines.shared > 0 && (relation.localAhead === 0 || relation.incomingAhead === 0);
}

/** 0 identical, 1 incoming is a prefix, 2 the head is a prefix, 3 both go on. */
function rank({ localAhead, incomingAhead }: Relation): number {
  if (incomingAhead === 0) return localAhead === 0 ? 0 : 1;
  return localAhead === 0 ? 2 : 3;
}

/** One that Codex cannot open is the best only where no other is related. */
const byFit = (a: Candidate, b: Candidate): number =>
  Number(a.isBroken ?? false) - Number(b.isBroken ?? false) ||
  rank(a.relation) - rank(b.relation) ||
  b.relation.lines.shared - a.relation.lines.shared ||
  Number(b.sameId) - Number(a.sameId) ||
  (a.threadId < b.threadId ? -1 : 1);

function verdictFor<Best extends Candidate>(best: Best): Verdict<Best> {
  const { lines, acrossForms } = best.relation;
  const form = acrossForms ? 'format_migration: ' : '';
  const more = (count: number): string => `${count} more ${count === 1 ? 'line' : 'lines'}`;
  switch (rank(best.relation)) {
    case 0:
      return { classification: 'unchanged', ...because('same_history', `${form}both sides have the same history`), best };
    case 1:
      return {
        classification: 'unchanged',
        ...because('package_older', `${form}the package is older: local has ${more(lines.local_only)}`),
        best,
      };
    case 2:
      return {
        classification: 'fast_forward_import',
        ...because('incoming_longer', `${form}incoming has ${more(lines.incoming_only)}`),
        best,
      };
    default:
      return {
        classification: 'diverged_lineage',
        ...because(
          'both_went_on',
          `${form}diverged after ${lines.shared} shared lines: local has ${more(lines.local_only)}, incoming ${more(lines.incoming_only)}`,
        ),
        best,
      };
  }
}
