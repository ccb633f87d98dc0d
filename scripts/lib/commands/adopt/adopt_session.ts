// One local session: adopted, known, refused or busy; and repaired where that is asked for.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { Install } from '../../adapters/codex_home/transfer_installs.ts';
import type { Holders } from '../../adapters/holders/thread_holders.ts';
import type { HomeRows } from '../../adapters/local_sessions/home_rows.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { isPresent, type LocalSession, type PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Finding } from '../../domain/findings/finding.ts';
import type { PlannedChange } from '../../domain/plan/plan.ts';
import { forThread } from '../../domain/plan/session_changes.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';
import { mayHaveSendersRights, pluginFindings, rightsRepair } from '../../planning/rights/earlier_imports.ts';
import { adoptionChanges, type LocalContent, readContent } from './adoption.ts';
import { both, numberRepair, projectionRepair, type Repair, rowRepair } from './repairs.ts';
import { keepBesideDatabase } from './unmigrated_home.ts';

export type AdoptedSession = Reason & {
  thread_id: string;
  title: string;
  outcome: 'adopted' | 'known' | 'refused' | 'busy';
  lineage_id: string | null;
  installed_by: { transaction_id: string; package: string | null } | null;
  repaired: boolean;
};

type Adopted = { session: AdoptedSession; findings: Finding[]; changes: PlannedChange[] };

export type Facts = { home: CodexHome; local: LocalHome; rows: HomeRows; cursors: Map<string, number>; holders: Holders };

type Asked = { repair: boolean; unmigrated: boolean };

export function adoptSession(facts: Facts, session: LocalSession, install: Install | null, asked: Asked): Adopted {
  const described = {
    thread_id: session.threadId,
    title: session.name ?? String(session.row?.title ?? ''),
    installed_by: install && { transaction_id: install.transactionId, package: install.packageRoot },
  };
  try {
    if (!isPresent(session)) throw new SyncError('malformed_rollout', 'Its rollout is missing.', { where: session.threadId });
    const { result, findings, changes } = adoptPresent(facts, session, install !== null, asked);
    return { session: { ...described, ...result }, findings, changes: forThread(session.threadId, changes) };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const code = error.code === 'not_downloaded' || error.code === 'rollout_unreadable' ? error.code : 'malformed_rollout';
    const result = { ...because(code, `${error.message} (${error.where ?? ''})`), lineage_id: null, repaired: false };
    return { session: { ...described, outcome: 'refused', ...result }, findings: [], changes: [] };
  }
}

type Result = Pick<AdoptedSession, 'outcome' | 'reason' | 'reason_code' | 'lineage_id' | 'repaired'>;

function adoptPresent(facts: Facts, session: PresentSession, isInstalled: boolean, asked: Asked): Repair & { result: Result } {
  const { local, holders } = facts;
  const content = readContent(local, session);
  const head = local.sidecar.head(session.threadId);
  const adoption = head ? { lineageId: head.lineage_id, changes: [] } : adoptionChanges(local, session, content);
  const { findings, changes } = repairsOf(facts, session, content, isInstalled, asked);
  const repairs = asked.repair ? changes : [];
  const busy = repairs.length > 0 ? holders.whyBusy(session.threadId, session.file) : null;
  const repaired = repairs.length > 0 && busy === null;
  const outcome = busy ? 'busy' : head ? 'known' : 'adopted';
  const reason =
    busy ?? (head ? because('already_known', 'it already has a lineage') : because('newly_adopted', 'it had no lineage'));
  return {
    result: { outcome, ...reason, lineage_id: adoption.lineageId, repaired },
    findings,
    changes: busy ? [] : [...repairs, ...adoption.changes],
  };
}

function repairsOf(
  { home, local, rows, cursors }: Facts,
  session: PresentSession,
  content: LocalContent,
  isInstalled: boolean,
  { unmigrated }: Asked,
): Repair {
  if (unmigrated) return { findings: [], changes: keepBesideDatabase(home.path, session) };
  const ofRows = both(rowRepair(local, session, content), projectionRepair(cursors, rows, session));
  return both(lineRepair(home, local, session, content, isInstalled), ofRows);
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
  if (!isInstalled && !mayHaveSendersRights(local, session)) return number;
  const { meta } = content.transcript;
  const plugins = { findings: pluginFindings(session, meta), changes: [] };
  const rights = both(plugins, rightsRepair(home, local, session, meta));
  return rights.changes.length > 0 ? both({ ...number, changes: [] }, rights) : both(number, rights);
}
