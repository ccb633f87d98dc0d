// Reads a package and a home and builds the plan of a sync. Writes nothing.

import path from 'node:path';
import { type CodexHome, databaseFile } from '../adapters/codex_home/codex_home.ts';
import { type HomeRows, withHomeRows } from '../adapters/codex_home/home_rows.ts';
import { readLocalHome } from '../adapters/codex_home/local_home.ts';
import { warnOfInterrupted } from '../adapters/journal/interrupted_transactions.ts';
import { warnOfLocks } from '../adapters/locks/codex_locks.ts';
import { readPackage } from '../adapters/package/package_folder.ts';
import type { TranscriptCache } from '../adapters/rollout/transcript_cache.ts';
import { SyncError } from '../domain/codes/errors.ts';
import { type ExtensionIdentity, identityOf } from '../domain/extension/extension.ts';
import { type Fault, isValid, type PackageSession, type SessionPackage } from '../domain/package/package.ts';
import { asUsersNamed } from '../domain/plan/made_name.ts';
import { digestPlan, type Plan, type PlannedChange, type PlannedSession } from '../domain/plan/plan.ts';
import { forThread } from '../domain/plan/session_changes.ts';
import type { SidecarKnowledge } from '../domain/sidecar/sidecar.ts';
import { coerceRow } from '../domain/thread/coerce_row.ts';
import type { TargetCodex } from '../domain/thread/target_codex.ts';
import type { Column } from '../domain/thread/thread_row.ts';
import { withAdopted } from './changes/adopted.ts';
import { describeInvalid } from './changes/describe_session.ts';
import { carryOut, type Settled, settleSession } from './changes/plan_session.ts';
import { planSkills } from './changes/plan_skills.ts';
import { planFolders } from './changes/working_folders.ts';
import { SyncContext, type SyncOptions } from './context/sync_context.ts';
import { findBaseIn } from './match/local_base.ts';

export type PlannedSync = {
  /** Those that had a say; the plan's digest covers them. */
  extensions: ExtensionIdentity[];
  package: SessionPackage;
  home: CodexHome;
  target: TargetCodex;
  plan: Plan;
};

export const planSync = (home: CodexHome, options: SyncOptions): PlannedSync =>
  withHomeRows(home, (rows) => planWith(rows, home, options));

function planWith(rows: HomeRows, home: CodexHome, options: SyncOptions): PlannedSync {
  const local = readLocalHome(home);
  const read = readPackage(
    path.resolve(options.package),
    new Set(options.threadIds),
    cacheFrom(local.sidecar),
    findBaseIn(local),
  );
  const columns = local.schema?.threads ?? [];
  const madeNames = read.manifest.sync?.made_names ?? null;
  const place = options.archive ? { path: options.archive, form: 'archive' as const } : {};
  const incoming = {
    ...read,
    ...place,
    sessions: read.sessions.map((session) => asUsersNamed(fitting(session, columns), madeNames)),
  };
  requireAll(options.threadIds, incoming);
  const context = new SyncContext({ home, local, rows }, incoming, options);
  const decisions = new Map(
    context.family
      .parentsFirst(context.likeliestFirst(incoming.sessions.filter(isValid)))
      .map((session) => [session.threadId, settleSession(session, context)]),
  );
  const outcomes = incoming.sessions.map((session) =>
    isValid(session)
      ? withAdopted(carryOut(session, decisions.get(session.threadId) as Settled, context))
      : { session: describeInvalid(session, session.invalid as Fault), changes: [] },
  );
  const sessions = outcomes.map(({ session }) => session);
  const own = outcomes.flatMap(({ changes }) => changes);
  const working = planFolders(incoming, sessions, context);
  const { skills, ...installed } = planSkills(incoming, home, options.includeSkills ?? []);
  const changes = [...working.changes, ...sidecarFile(context, own), ...own, ...installed.changes];
  const warnings = [
    ...home.warnings,
    ...incoming.warnings,
    ...working.warnings,
    ...installed.warnings,
    ...runWarnings(context, sessions),
    ...unlockedWarnings(context, own),
  ];
  const identities = (options.extensions ?? []).map(identityOf);
  const packageAndExtensions = identities.length > 0 ? JSON.stringify([incoming.digest, identities]) : incoming.digest;
  return {
    extensions: identities,
    package: incoming,
    home,
    target: context.target,
    plan: {
      sessions,
      skills,
      folders: working.folders,
      changes,
      warnings,
      digest: digestPlan({ sessions, skills, changes }, packageAndExtensions, read.path),
    },
  };
}

/** With its row as the database here can hold it: the very session where that is so already. */
function fitting(session: PackageSession, columns: Column[]): PackageSession {
  const row = coerceRow(session.row, columns);
  return row === session.row ? session : { ...session, row };
}

/** What the sidecar has of that thread's content; whether the package has that content, its digest tells. */
const cacheFrom =
  (sidecar: SidecarKnowledge): TranscriptCache =>
  (threadId) =>
    (sidecar.pointsOfSource.get(threadId) ?? []).map((point) => ({
      size: point.incoming_size,
      digest: point.incoming_digest,
      transcript: point.incoming_transcript,
    }));

function requireAll(threadIds: string[], incoming: SessionPackage): void {
  const missing = threadIds.filter((id) => !incoming.sessions.some(({ threadId }) => threadId.startsWith(id)));
  if (missing.length === 0) return;
  throw new SyncError('nothing_selected', `The package has no session ${missing.join(', ')}.`, {
    where: incoming.path,
    hint: 'run inspect-package without --thread-id to see what it has',
  });
}

function sidecarFile({ home, local }: SyncContext, changes: PlannedChange[]): PlannedChange[] {
  return changes.length > 0 && !local.sidecarExists
    ? forThread(null, [{ kind: 'create_sidecar', path: databaseFile(home, 'sidecar') }])
    : [];
}

/** Only where a rollout that is here is written; a note about the whole system has said it already. */
function unlockedWarnings({ home, holders }: SyncContext, changes: PlannedChange[]): string[] {
  const isWritten = changes.some(({ change }) => change.kind === 'append_rollout' || change.kind === 'move_rollout');
  return isWritten && !holders.note ? warnOfLocks(home.path) : [];
}

function runWarnings({ home, local, holders }: SyncContext, sessions: PlannedSession[]): string[] {
  const creates = sessions.some(({ action }) => action === 'create' || action === 'branch');
  const unindexed =
    'Codex has made no database here yet: it indexes the sessions at its first start; run the same sync (or verify --with-codex) afterwards to complete their names';
  return [
    ...warnOfInterrupted(home.path),
    ...(holders.note ? [holders.note] : []),
    ...(creates && !local.schema ? [unindexed] : []),
  ];
}
