// Sessions that a run makes: new lineages, branches, copies.

import { nameInIndex } from '../../adapters/codex_home/session_index.ts';
import type { Action } from '../../domain/codes/class_table.ts';
import { deriveThreadId, type ThreadId } from '../../domain/ids/thread_id.ts';
import type { Localization } from '../../domain/localize/localization.ts';
import { nameOfCopy } from '../../domain/plan/branch_name.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { forThread, isoOfUpdate, newRollout, newRowChange, rowChange } from '../../domain/plan/session_changes.ts';
import { recordSync } from '../../domain/plan/sidecar_changes.ts';
import type { HeadOrigin } from '../../domain/sidecar/sidecar.ts';
import type { RowFacts } from '../../domain/thread/thread_row.ts';
import { inLineage } from '../context/incoming_sessions.ts';
import { localizationFor } from '../context/session_localization.ts';
import type { SyncContext } from '../context/sync_context.ts';
import { rightsOfNew } from '../rights/plan_rights.ts';
import { planAttachments } from './attachments.ts';
import type { Decision, SessionPlan } from './decision.ts';
import { describe, withWarnings } from './describe_session.ts';
import { placeOfNew } from './new_place.ts';
import { syncRecord } from './sidecar_update.ts';

export function planCopy(decision: Decision, context: SyncContext): SessionPlan {
  const { incoming, localId } = decision;
  if (context.options.onCollision === 'skip')
    return leftAlone(decision, 'refuse', 'use --on-collision import-as-new to keep both', context);
  const lineageId = incoming.transcript.root?.slice(0, 32) ?? localId;
  return planCreate({ ...decision, incoming: inLineage(incoming, lineageId, context) }, 'copy', context);
}

export const leftAlone = (decision: Decision, action: Action, warning: string, context: SyncContext): SessionPlan => ({
  session: withWarnings(describe(decision, action, context), [warning]),
  changes: [],
});

/** What a new session has from a local one whose place it takes, or that it stands behind. */
export type Standing = { archived?: boolean; name?: string | null; isPinned?: boolean };

export function planCreate(decision: Decision, origin: HeadOrigin, context: SyncContext, standing: Standing = {}): SessionPlan {
  const { incoming, localId: id } = decision;
  const skipped = context.family.parentLeftAlone(incoming);
  if (skipped) return leftAlone(decision, skipped, 'left alone, as is the session that spawned it', context);
  const archived = standing.archived ?? (origin === 'synced' && incoming.archived);
  const place = placeOfNew(incoming, id, archived, context);
  if (place.refusal) return { session: { ...describe(decision, 'refuse', context), ...place.refusal }, changes: [] };
  const named = { ...factsOfNew(decision, origin, context), ...standing, rolloutPath: place.path, archived };
  const localization = localizationOfNew(incoming, id, context);
  const { rights, added, ...settled } = rightsOfNew(
    incoming,
    { ...named, threadId: id, folder: named.cwd },
    localization,
    context,
  );
  const facts = { ...named, rights };
  const attachments = planAttachments(incoming, id, context, null);
  const described = describe(decision, origin === 'branch' ? 'branch' : 'create', context);
  const permissions = context.shared(settled.permissions);
  const warnings = [...place.warnings, ...settled.warnings, ...attachments.warnings];
  return {
    session: withWarnings({ ...described, local_name: facts.name, permissions }, [], warnings),
    changes: forThread(id, [
      ...place.cleared,
      newRollout(incoming, facts, localization, added),
      ...rowsOfNew(incoming, facts, context),
      ...attachments.changes,
      ...recordOfNew(decision, origin, facts, context),
    ]),
  };
}

/** What an earlier thread of that id left in the projection goes. */
function rowsOfNew(incoming: IncomingSession, facts: RowFacts, { home, local, rows }: SyncContext): Change[] {
  const { id, name } = facts;
  const staleRow = local.sessions.get(id)?.row ?? null;
  return [
    ...rows.projectionOf(id).map(({ table, row }) => rowChange('history', table, row, row, null)),
    ...(local.threadColumns ? [newRowChange(incoming, facts, local.threadColumns, staleRow)] : []),
    ...(name ? [nameInIndex(home.path, id, name, isoOfUpdate(incoming))] : []),
  ];
}

function recordOfNew({ incoming, verdict }: Decision, origin: HeadOrigin, facts: RowFacts, context: SyncContext): Change[] {
  const partedFrom = origin === 'branch' ? (verdict.best?.threadId ?? null) : null;
  const head = { thread_id: facts.id, origin, branched_from: partedFrom };
  return recordSync(incoming, syncRecord(incoming, head, facts, incoming.folder, context), context.local.sidecar);
}

/** A session of its own has a context window of its own, as Codex's forks have. */
function localizationOfNew(incoming: IncomingSession, id: ThreadId, context: SyncContext): Localization {
  const windowId = deriveThreadId(Date.parse(incoming.transcript.meta.timestamp), `window:${id}`);
  return localizationFor(incoming, id, incoming.folder.rules, context, id === incoming.threadId ? null : windowId);
}

type NamedFacts = Omit<RowFacts, 'rights' | 'rolloutPath' | 'archived'>;

const factsOfNew = ({ incoming, localId }: Decision, origin: HeadOrigin, context: SyncContext): NamedFacts => ({
  id: localId,
  cwd: incoming.folder.path,
  modelProvider: context.providerOf(incoming),
  historyMode: context.options.convertHistory === 'legacy' ? 'legacy' : incoming.transcript.meta.historyMode,
  name: localName(incoming, origin),
  isPinned: context.options.includePins && Number(incoming.row.is_pinned ?? 0) === 1,
});

/** A person must tell a branch or a copy apart in the picker, where sub-agents are not listed. */
function localName({ name, madeName, title, transcript, parent }: IncomingSession, origin: HeadOrigin): string | null {
  const isOther = (origin === 'branch' || origin === 'copy') && parent === null;
  return isOther ? nameOfCopy(origin, title, transcript) : (name ?? madeName);
}
