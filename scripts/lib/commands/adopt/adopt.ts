// Takes local sessions that no lineage knows into the sidecar, and mends what another tool wrote wrongly for today's Codex.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { type HomeRows, withHomeRows } from '../../adapters/codex_home/home_rows.ts';
import { type LocalHome, readLocalHome } from '../../adapters/codex_home/local_home.ts';
import { isPresent, type LocalSession, type PresentSession } from '../../adapters/codex_home/local_session.ts';
import { readCursors } from '../../adapters/codex_home/projection.ts';
import { type Install, readTransferInstalls } from '../../adapters/codex_home/transfer_installs.ts';
import { isUnmigrated, unmigratedDatabase } from '../../adapters/codex_home/unmigrated_database.ts';
import { findHolders, type Holders } from '../../adapters/locks/thread_holders.ts';
import { trace } from '../../adapters/run/trace.ts';
import { setAside } from '../../adapters/sqlite/database_files.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Finding } from '../../domain/codes/finding.ts';
import { because, type Reason } from '../../domain/codes/reason.ts';
import { noSuchSession, wholeIds } from '../../domain/ids/whole_ids.ts';
import type { PlannedChange } from '../../domain/plan/plan.ts';
import { forThread } from '../../domain/plan/session_changes.ts';
import { isFromEarlierVersion, pluginFindings, rightsRepair } from '../../planning/rights/local_rights.ts';
import { requestFor } from '../../transaction/planned_changes.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';
import type { TransactionRequest } from '../../transaction/transact.ts';
import {
  adoptionChanges,
  keepBesideDatabase,
  type LocalContent,
  numberRepair,
  projectionRepair,
  type Repair,
  readContent,
  rowRepair,
} from './adopt_session.ts';

/** Without ids and `all`: what codex-session-transfer installed. */
export type AdoptRequest = Execution & { threadIds: string[]; all: boolean; repair: boolean };

export type AdoptedSession = Reason & {
  thread_id: string;
  title: string;
  outcome: 'adopted' | 'known' | 'refused' | 'busy';
  lineage_id: string | null;
  installed_by: { transaction_id: string; package: string | null } | null;
  repaired: boolean;
};

type AdoptPlan = { sessions: AdoptedSession[]; findings: Finding[]; changes: PlannedChange[]; warnings: string[] };
export type AdoptResult = Ran & AdoptPlan;

export const adopt = (home: CodexHome, request: AdoptRequest, now: Date): AdoptResult =>
  runTransaction(
    home,
    request,
    {
      plan: () => withHomeRows(home, (rows) => planWith(rows, home, request)),
      request: (planned) => transactionOf(home, planned),
    },
    now,
  );

function transactionOf(home: CodexHome, { changes, sessions }: AdoptPlan): TransactionRequest | null {
  const touched = new Set(changes.map(({ thread_id }) => thread_id));
  return requestFor(home, changes, {
    command: 'adopt',
    plan_summary: { adopted: sessions.filter(({ outcome }) => outcome === 'adopted').length },
    threads: sessions
      .filter(({ thread_id }) => touched.has(thread_id))
      .map(({ thread_id, title, outcome }) => ({ thread_id, title, classification: outcome, action: 'adopt' })),
  });
}

function planWith(rows: HomeRows, home: CodexHome, request: AdoptRequest): AdoptPlan {
  const local = readLocalHome(home);
  const installs = readTransferInstalls(home.path);
  const unmigrated = isUnmigrated(home);
  const chosen = choose(local, installs, request);
  const holders = findHolders(home);
  const facts = { home, local, rows, cursors: readCursors(home), holders };
  const outcomes = chosen.map((session) =>
    adoptOne(facts, session, installs.get(session.threadId) ?? null, { ...request, unmigrated }),
  );
  for (const { session, findings } of outcomes)
    trace('adopt', () => `${session.thread_id}: ${session.outcome} (${session.reason_code}), ${findings.length} finding(s)`);
  const own = outcomes.flatMap(({ changes }) => changes);
  const database = unmigrated && request.repair ? asideChanges(home, local, own, holders) : [];
  const all = [...database, ...own];
  const sidecar =
    all.length > 0 && !local.sidecarExists
      ? forThread(null, [{ kind: 'create_sidecar', path: databaseFile(home, 'sidecar') }])
      : [];
  return {
    sessions: outcomes.map(({ session }) => session),
    findings: [
      ...(unmigrated ? [unmigratedDatabase(databaseFile(home, 'state'))] : []),
      ...outcomes.flatMap(({ findings }) => findings),
    ],
    warnings: [...home.warnings, ...(holders.note ? [holders.note] : [])],
    changes: [...sidecar, ...all],
  };
}

function choose(local: LocalHome, installs: Map<string, Install>, { threadIds: given, all }: AdoptRequest): LocalSession[] {
  const threadIds = wholeIds(given, local.sessions.keys(), '--thread-id');
  if (threadIds.length > 0 && all) throw new SyncError('usage', 'Use either --thread-id ID … or --all.');
  const missing = threadIds.filter((id) => !local.sessions.has(id));
  if (missing.length > 0) throw noSuchSession(missing, '--thread-id');
  const named = new Set(threadIds);
  const isChosen = (id: string): boolean => all || (named.size > 0 ? named.has(id) : installs.has(id));
  return [...local.sessions.values()].filter(({ threadId }) => isChosen(threadId));
}

type Outcome = { session: AdoptedSession; findings: Finding[]; changes: PlannedChange[] };

type Facts = { home: CodexHome; local: LocalHome; rows: HomeRows; cursors: Map<string, number>; holders: Holders };

function adoptOne(
  { home, local, rows, cursors, holders }: Facts,
  session: LocalSession,
  install: Install | null,
  { repair, unmigrated }: { repair: boolean; unmigrated: boolean },
): Outcome {
  const described = {
    thread_id: session.threadId,
    title: session.name ?? String(session.row?.title ?? ''),
    lineage_id: null,
    installed_by: install && { transaction_id: install.transactionId, package: install.packageRoot },
    repaired: false,
  };
  try {
    if (!isPresent(session)) throw new SyncError('malformed_rollout', 'Its rollout is missing.', { where: session.threadId });
    const content = readContent(local, session);
    const head = local.sidecar.head(session.threadId);
    const adoption = head ? { lineageId: head.lineage_id, changes: [] } : adoptionChanges(local, session, content);
    const row = unmigrated
      ? { findings: [], changes: keepBesideDatabase(home.path, session) }
      : both(
          lineRepair(home, local, session, content, install !== null),
          both(rowRepair(local, session, content), projectionRepair(cursors, rows, session)),
        );
    const held = repair && row.changes.length > 0 ? holders.isHeld(session.threadId, session.file) : null;
    const isRepaired = repair && row.changes.length > 0 && held === null;
    const outcome = held ? 'busy' : head ? 'known' : 'adopted';
    const reason =
      held ?? (head ? because('already_known', 'it already has a lineage') : because('newly_adopted', 'it had no lineage'));
    const changes = held ? [] : [...(isRepaired ? row.changes : []), ...adoption.changes];
    return {
      session: { ...described, outcome, ...reason, lineage_id: adoption.lineageId, repaired: isRepaired },
      findings: row.findings,
      changes: forThread(session.threadId, changes),
    };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const reason = because('malformed_rollout', `${error.message} (${error.where ?? ''})`);
    return { session: { ...described, outcome: 'refused', ...reason }, findings: [], changes: [] };
  }
}

/** Settings have an ordinal, so they are all that a rollout needs that lacks one at its end. */
function lineRepair(
  home: CodexHome,
  local: LocalHome,
  session: PresentSession,
  content: LocalContent,
  isInstalled: boolean,
): Repair {
  const number = numberRepair(local, session, content);
  if (!isInstalled && !isFromEarlierVersion(local.sidecar, session.threadId)) return number;
  const { meta } = content.transcript;
  const plugins = { findings: pluginFindings(session, meta), changes: [] };
  const rights = both(plugins, rightsRepair(home, local, session, meta));
  return rights.changes.length > 0 ? both({ ...number, changes: [] }, rights) : both(number, rights);
}

const both = (one: Repair, other: Repair): Repair => ({
  findings: [...one.findings, ...other.findings],
  changes: [...one.changes, ...other.changes],
});

/** A rollback takes sessions back, and the whole run with the last one: where no session changes, the file belongs to the first. */
function asideChanges(home: CodexHome, local: LocalHome, own: PlannedChange[], holders: Holders): PlannedChange[] {
  const file = databaseFile(home, 'state');
  const held = holders.isHeld('', file);
  if (held) throw new SyncError('session_busy', `The database cannot be set aside: ${held.reason}.`, { where: file });
  const owner = own.length > 0 ? null : ([...local.sessions.keys()][0] ?? null);
  return forThread(
    owner,
    setAside(file).map((operation) => ({ kind: 'operation', operation })),
  );
}
