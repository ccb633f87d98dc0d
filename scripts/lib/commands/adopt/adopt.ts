// Takes local sessions that no lineage knows into the sidecar, and repairs what another tool wrote wrongly for today's Codex.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { type Install, readTransferInstalls } from '../../adapters/codex_home/transfer_installs.ts';
import { isUnmigrated, unmigratedDatabase } from '../../adapters/codex_home/unmigrated_database.ts';
import { findHolders } from '../../adapters/holders/thread_holders.ts';
import { type HomeRows, withHomeRows } from '../../adapters/local_sessions/home_rows.ts';
import { type LocalHome, readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import type { LocalSession } from '../../adapters/local_sessions/local_session.ts';
import { readCursors } from '../../adapters/local_sessions/projection.ts';
import { trace } from '../../adapters/run/trace.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Finding } from '../../domain/findings/finding.ts';
import { noSuchSession, wholeIds } from '../../domain/ids/whole_ids.ts';
import type { PlannedChange } from '../../domain/plan/plan.ts';
import { sidecarFor } from '../../planning/changes/sidecar_update.ts';
import { requestFor } from '../../transaction/change_request.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';
import type { TransactionRequest } from '../../transaction/transact.ts';
import { type AdoptedSession, adoptSession } from './adopt_session.ts';
import { setDatabaseAside } from './unmigrated_home.ts';

/** Without ids and `all`: what codex-session-transfer installed. */
export type AdoptRequest = Execution & { threadIds: string[]; all: boolean; repair: boolean };

type AdoptPlan = { sessions: AdoptedSession[]; findings: Finding[]; changes: PlannedChange[]; warnings: string[] };
export type AdoptResult = Ran & AdoptPlan;

export const adopt = (home: CodexHome, request: AdoptRequest, now: Date): AdoptResult =>
  runTransaction(home, request, now, {
    plan: () => withHomeRows(home, (rows) => planWith(rows, home, request)),
    request: (planned) => transactionOf(home, planned),
  });

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
  const adopted = chosen.map((session) =>
    adoptSession(facts, session, installs.get(session.threadId) ?? null, { ...request, unmigrated }),
  );
  for (const { session, findings } of adopted)
    trace('adopt', () => `${session.thread_id}: ${session.outcome} (${session.reason_code}), ${findings.length} finding(s)`);
  const own = adopted.flatMap(({ changes }) => changes);
  const database = unmigrated && request.repair ? setDatabaseAside(home, local, own, holders) : [];
  const all = [...database, ...own];
  return {
    sessions: adopted.map(({ session }) => session),
    findings: [
      ...(unmigrated ? [unmigratedDatabase(databaseFile(home, 'state'))] : []),
      ...adopted.flatMap(({ findings }) => findings),
    ],
    warnings: [...home.warnings, ...(holders.note ? [holders.note] : [])],
    changes: [...sidecarFor(home, local, all), ...all],
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
