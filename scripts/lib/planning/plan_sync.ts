// Reads a package and a home and builds the plan of a sync. Writes nothing.

import type { CodexHome } from '../adapters/codex_home/codex_home.ts';
import { warnOfInterrupted } from '../adapters/journal/journal_scan.ts';
import { withHomeRows } from '../adapters/local_sessions/home_rows.ts';
import { readLocalHome } from '../adapters/local_sessions/local_home.ts';
import { warnOfLocks } from '../adapters/locks/codex_locks.ts';
import { trace } from '../adapters/run/trace.ts';
import { type ExtensionIdentity, identityOf } from '../domain/extension/extension.ts';
import { isValid } from '../domain/package/package.ts';
import { digestPlan, type Plan, type PlannedChange, type PlannedSession } from '../domain/plan/plan.ts';
import type { TargetCodex } from '../domain/thread/target_codex.ts';
import { decideSession } from './changes/decide_session.ts';
import type { Decided, SessionPlan } from './changes/decision.ts';
import { planSession } from './changes/plan_session.ts';
import { sidecarFor } from './changes/sidecar_update.ts';
import { takeIn } from './context/incoming_sessions.ts';
import { SyncContext, type SyncOptions } from './context/sync_context.ts';
import { planFolders } from './plan_folders.ts';
import { type IncomingPackage, readIncoming } from './read_incoming.ts';
import { planSkills } from './skills/plan_skills.ts';

export type PlannedSync = {
  /** Those that had a say; the plan's digest covers them. */
  extensions: ExtensionIdentity[];
  package: IncomingPackage;
  home: CodexHome;
  target: TargetCodex;
  plan: Plan;
};

export const planSync = (home: CodexHome, options: SyncOptions): PlannedSync =>
  withHomeRows(home, (rows) => {
    const local = readLocalHome(home);
    const incoming = readIncoming(local, options);
    const context = new SyncContext({ home, local, rows }, incoming, options);
    const taken = incoming.sessions.filter(isValid).map((session) => takeIn(session, context));
    const decided = new Map<string, Decided>();
    for (const session of context.family.parentsFirst(context.likeliestFirst(taken)))
      decided.set(session.threadId, decideSession(session, context));
    const plans = incoming.sessions.map((session) =>
      planSession(session, session.invalid ?? (decided.get(session.threadId) as Decided), context),
    );
    return assemble(incoming, plans, context);
  });

function assemble(incoming: IncomingPackage, plans: SessionPlan[], context: SyncContext): PlannedSync {
  const { home, options, target } = context;
  const sessions = plans.map(({ session }) => session);
  const own = plans.flatMap(({ changes }) => changes);
  const working = planFolders(incoming, sessions, context);
  const { skills, ...installed } = planSkills(incoming, home, options.includeSkills ?? []);
  const changes = [...working.changes, ...sidecarFor(home, context.local, own), ...own, ...installed.changes];
  const warnings = [
    ...home.warnings,
    ...incoming.warnings,
    ...working.warnings,
    ...installed.warnings,
    ...runWarnings(context, sessions),
    ...unlockedWarnings(context, own),
  ];
  const extensions = (options.extensions ?? []).map(identityOf);
  const packageAndExtensions = extensions.length > 0 ? JSON.stringify([incoming.digest, extensions]) : incoming.digest;
  const digest = digestPlan({ sessions, skills, changes }, packageAndExtensions, incoming.folder);
  trace('plan', () => `${digest}, ${changes.length} change(s), target Codex ${target.version ?? 'unknown'} (${target.saidBy})`);
  const plan = { sessions, skills, folders: working.folders, changes, warnings, digest };
  return { extensions, package: incoming, home, target, plan };
}
/** Only where a local rollout is changed; a note about the whole system has said it already. */
function unlockedWarnings({ home, holders }: SyncContext, changes: PlannedChange[]): string[] {
  const isWritten = changes.some(({ change }) => change.kind === 'append_rollout' || change.kind === 'move_rollout');
  return isWritten && !holders.note ? warnOfLocks(home.path) : [];
}

function runWarnings({ home, local, holders }: SyncContext, sessions: PlannedSession[]): string[] {
  const creates = sessions.some(({ action }) => action === 'create' || action === 'branch');
  const unindexed =
    'this Codex home has no database yet: Codex indexes the sessions at its first start; then run the same sync (or verify --with-codex) again to complete their names';
  return [
    ...warnOfInterrupted(home.path),
    ...(holders.note ? [holders.note] : []),
    ...(creates && !local.threadColumns ? [unindexed] : []),
  ];
}
