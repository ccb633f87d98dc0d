import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { uncompressed } from '../../domain/ids/rollout_name.ts';
import type { Plan, PlannedSession, PlannedSkill } from '../../domain/plan/plan.ts';
import { dated } from '../../planning/changes/deleted_locally.ts';
import type { SyncOptions } from '../../planning/context/sync_context.ts';
import { type PlannedSync, planSync } from '../../planning/plan_sync.ts';
import { requestFor } from '../../transaction/change_request.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';

/** `command`: as the journal names it; `sync` where nothing else is said. */
export type SyncRequest = SyncOptions & Execution & { expectPlan: string | null; command?: string };

/** `rolloutPaths`: of the rollouts that are written, by local thread. */
export type SyncResult = PlannedSync & Omit<Ran, 'warnings'> & { rolloutPaths: Map<string, string> };

export function sync(home: CodexHome, request: SyncRequest, now: Date): SyncResult {
  const { warnings, plan, ...ran } = runTransaction(home, request, now, {
    plan() {
      const planned = planSync(home, request);
      requireExpected(planned.plan, request.expectPlan);
      return { ...planned, warnings: planned.plan.warnings };
    },
    request(planned) {
      requireNoAbort(planned.plan, request);
      return transactionOf(home, planned, { command: request.command ?? 'sync', now });
    },
  });
  // The plan's digest does not cover its warnings.
  return { ...ran, plan: { ...plan, warnings }, rolloutPaths: writtenPaths(plan) };
}

const transactionOf = (
  home: CodexHome,
  { plan, extensions, package: incoming }: PlannedSync,
  { command, now }: { command: string; now: Date },
) =>
  requestFor(
    home,
    plan.changes.map((change) => dated(change, now)),
    {
      command,
      plan_digest: plan.digest,
      plan_summary: summarize(plan.sessions),
      package: incoming.path,
      ...(extensions.length > 0 ? { extensions } : {}),
      threads: plan.sessions.filter(({ action }) => action !== 'refuse').map(journaledThread),
      ...journaledSkills(plan.skills),
    },
  );

const journaledThread = ({ thread_id, local_thread_id, title, classification, action }: PlannedSession) => ({
  thread_id: local_thread_id ?? thread_id,
  title,
  classification,
  action,
});

function journaledSkills(skills: PlannedSkill[]): { skills?: { name: string; action: string }[] } {
  const installed = skills.filter(({ action }) => action === 'create').map(({ name, action }) => ({ name, action }));
  return installed.length > 0 ? { skills: installed } : {};
}

export function summarize(sessions: PlannedSession[]): Record<string, number> {
  const summary: Record<string, number> = {
    new_lineage: 0,
    unchanged: 0,
    fast_forward_import: 0,
    diverged_lineage: 0,
    id_collision_unrelated: 0,
    invalid: 0,
    busy: 0,
  };
  for (const { classification } of sessions) summary[classification] = (summary[classification] ?? 0) + 1;
  return summary;
}

function writtenPaths(plan: Plan): Map<string, string> {
  return new Map(
    plan.changes.flatMap(({ thread_id, change }) =>
      thread_id && (change.kind === 'create_rollout' || change.kind === 'append_rollout')
        ? [[thread_id, uncompressed(change.path)] as const]
        : [],
    ),
  );
}

function requireExpected(plan: Plan, expected: string | null): void {
  if (expected === null || expected === plan.digest) return;
  throw new SyncError('stale_plan', 'The plan is not the expected one: the package, the home or the flags have changed.', {
    where: `expected ${expected}, now ${plan.digest}`,
  });
}

function requireNoAbort(plan: Plan, request: SyncRequest): void {
  const diverged = plan.sessions.filter(({ classification }) => classification === 'diverged_lineage');
  if (request.onDivergence !== 'abort' || diverged.length === 0) return;
  throw new SyncError('divergence_aborted', `${diverged.length} session(s) have new lines both locally and in the package.`, {
    where: diverged.map(({ thread_id }) => thread_id).join(', '),
  });
}
