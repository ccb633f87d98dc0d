// The numbers of references/cli-shape.md.

import { ERRORS, type ErrorCode, type Exit } from '../../domain/codes/error_table.ts';
import { type Finding, needsRepair } from '../../domain/findings/finding.ts';
import type { Plan, PlannedSession } from '../../domain/plan/plan.ts';
import type { ReasonCode } from '../../domain/reasons/reason.ts';

export const EXIT = {
  done: 0,
  bug: 1,
  decision: 2,
  busy: 3,
  usage: 4,
  stopped: 5,
  findings: 6,
  interrupted: 130,
} as const satisfies Record<Exit | 'done', number>;

export const exitCodeOf = (code: ErrorCode): number => EXIT[ERRORS[code].exit];

export const exitCodeOfFindings = (findings: Finding[]): number => (findings.some(needsRepair) ? EXIT.findings : EXIT.done);

/** A decision is asked for before a retry: what is busy now may be free the next time anyway. */
export function exitCodeOfPlan({ sessions, skills }: Pick<Plan, 'sessions' | 'skills'>): number {
  const some = (classification: PlannedSession['classification']): boolean =>
    sessions.some((session) => session.classification === classification);
  if (sessions.length > 0 && sessions.every(({ classification }) => classification === 'invalid'))
    return sessions.every(isObstructed) ? EXIT.stopped : EXIT.usage;
  if (some('invalid') || sessions.some(needsDecision)) return EXIT.decision;
  if (skills.some(({ action }) => action === 'refuse')) return EXIT.decision;
  return some('busy') ? EXIT.busy : EXIT.done;
}

/** By what is here: the package is as it should be. */
const isObstructed = ({ reason_code }: PlannedSession): boolean => OBSTRUCTIONS.has(reason_code);

const OBSTRUCTIONS: ReadonlySet<ReasonCode> = new Set<ReasonCode>(['local_unreadable', 'local_not_writable', 'place_taken']);

const needsDecision = ({ classification, action }: PlannedSession): boolean =>
  action === 'refuse' && (classification === 'id_collision_unrelated' || classification === 'diverged_lineage');
