import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { uncompressed } from '../../domain/ids/rollout_name.ts';
import type { Plan, PlannedSession, PlannedSkill } from '../../domain/plan/plan.ts';
import { dated } from '../../planning/changes/deleted_locally.ts';
import type { SyncOptions } from '../../planning/context/sync_context.ts';
import { type PlannedSync, planSync } from '../../planning/plan_sync.ts';
import { asOneWriter } from '../../transaction/one_writer.ts';
import { spaceForPlan } from '../../transaction/space_needed.ts';
import { stageAll } from '../../transaction/stage.ts';
import { requireFree } from '../../transaction/thread_locks.ts';
import { transact } from '../../transaction/transact.ts';

/** `waitSeconds`: for another sync of this home to end. */
export type SyncRequest = SyncOptions & { execute: boolean; expectPlan: string | null; waitSeconds?: number };

/** `transactionId` is null where nothing was executed or nothing was to do; paths are those of written rollouts, by local thread. */
export type SyncResult = PlannedSync & {
  mode: 'dry-run' | 'executed';
  transactionId: string | null;
  rolloutPaths: Map<string, string>;
};

export function sync(home: CodexHome, request: SyncRequest, now: Date): SyncResult {
  if (request.execute)
    return asOneWriter({ home, waitSeconds: request.waitSeconds }, (before) => execute(home, request, before, now));
  const planned = planSync(home, request);
  return { ...planned, mode: 'dry-run', transactionId: null, rolloutPaths: writtenPaths(planned.plan) };
}

function execute(home: CodexHome, request: SyncRequest, before: string[], now: Date): SyncResult {
  const planned = planSync(home, request);
  const { plan } = planned;
  const rolloutPaths = writtenPaths(plan);
  requireExpected(plan, request.expectPlan);
  requireNoAbort(plan, request);
  if (plan.changes.length === 0) return { ...planned, mode: 'executed', transactionId: null, rolloutPaths };
  const { transactionId, warnings } = transact({
    home: home.path,
    now,
    findDatabase: (name) => databaseFile(home, name),
    spaceNeeded: spaceForPlan(home, plan.changes),
    manifest: {
      command: 'sync',
      plan_digest: plan.digest,
      plan_summary: summarize(plan.sessions),
      package: planned.package.path,
      rolls_back: null,
      ...(planned.extensions.length > 0 ? { extensions: planned.extensions } : {}),
      threads: plan.sessions.filter(({ action }) => action !== 'refuse').map(journaledThread),
      ...journaledSkills(plan.skills),
    },
    stage: (journal) =>
      stageAll(
        plan.changes.map((change) => dated(change, now)),
        journal,
      ),
    // Between plan and first change a Codex may have opened a session; then nothing is written at all.
    beforeFirstChange: (operations, ours) => requireFree(home, operations, ours),
  });
  const said = { ...planned, plan: withWarnings(plan, [...before, ...warnings]) };
  return { ...said, mode: 'executed', transactionId, rolloutPaths };
}

/** Each is said once. The plan's digest does not cover them. */
const withWarnings = (plan: Plan, more: string[]): Plan => ({ ...plan, warnings: [...new Set([...plan.warnings, ...more])] });

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
  throw new SyncError(
    'stale_plan',
    'The plan is not the one that was expected: the package, the home or the flags have changed.',
    {
      where: `expected ${expected}, now ${plan.digest}`,
    },
  );
}

function requireNoAbort(plan: Plan, request: SyncRequest): void {
  const diverged = plan.sessions.filter(({ classification }) => classification === 'diverged_lineage');
  if (request.onDivergence !== 'abort' || diverged.length === 0) return;
  throw new SyncError('divergence_aborted', `${diverged.length} session(s) have gone on here and in the package.`, {
    where: diverged.map(({ thread_id }) => thread_id).join(', '),
  });
}
