// The numbers of references/cli-shape.md.

import type { ErrorCode } from '../../domain/codes/errors.ts';
import type { Plan, PlannedSession } from '../../domain/plan/plan.ts';

export const EXIT = { done: 0, bug: 1, decision: 2, busy: 3, usage: 4, stopped: 5, findings: 6, interrupted: 130 } as const;

const EXIT_OF_ERROR: Record<ErrorCode, number> = {
  usage: EXIT.usage,
  not_a_package: EXIT.usage,
  unsafe_package: EXIT.usage,
  archive_unreadable: EXIT.usage,
  unsupported_format_version: EXIT.usage,
  malformed_document: EXIT.usage,
  malformed_rollout: EXIT.usage,
  codex_home_missing: EXIT.usage,
  not_a_codex_home: EXIT.usage,
  configuration: EXIT.usage,
  nothing_selected: EXIT.usage,
  transaction_not_found: EXIT.usage,
  output_exists: EXIT.usage,
  package_too_large: EXIT.usage,
  extension_refused: EXIT.usage,
  divergence_aborted: EXIT.decision,
  another_sync_running: EXIT.busy,
  session_busy: EXIT.busy,
  database_locked: EXIT.busy,
  database_unreadable: EXIT.stopped,
  sidecar_newer: EXIT.stopped,
  stale_plan: EXIT.stopped,
  transaction_not_reversible: EXIT.stopped,
  recovery_blocked: EXIT.stopped,
  no_space: EXIT.stopped,
  not_permitted: EXIT.stopped,
  too_many_files: EXIT.stopped,
  io_error: EXIT.stopped,
  not_relocatable: EXIT.stopped,
  codex_failed: EXIT.findings,
};

export const exitCodeOf = (code: ErrorCode): number => EXIT_OF_ERROR[code];

/** A decision is asked for before a retry: what is busy now may be free the next time anyway. */
export function exitCodeOfPlan({ sessions, skills }: Pick<Plan, 'sessions' | 'skills'>): number {
  const some = (classification: PlannedSession['classification']): boolean =>
    sessions.some((session) => session.classification === classification);
  if (sessions.length > 0 && sessions.every(({ classification }) => classification === 'invalid')) return EXIT.usage;
  if (some('invalid') || sessions.some(needsDecision)) return EXIT.decision;
  if (skills.some(({ action }) => action === 'refuse')) return EXIT.decision;
  return some('busy') ? EXIT.busy : EXIT.done;
}

const needsDecision = ({ classification, action }: PlannedSession): boolean =>
  action === 'refuse' && (classification === 'id_collision_unrelated' || classification === 'diverged_lineage');
