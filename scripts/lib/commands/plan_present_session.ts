// Sessions that are here already: kept, mended, appended to.

import { type LocalSession, localParts } from '../adapters/local_home.ts';
import { readFirstLine } from '../adapters/rollout_chain.ts';
import { type RolloutEnd, readRolloutEnd } from '../adapters/rollout_end.ts';
import { indexFile, indexLine } from '../adapters/session_index.ts';
import type { Verdict } from '../domain/classification.ts';
import { idsFrom, localizePath, type PathRules, plainPath } from '../domain/localization.ts';
import type { ValidSession } from '../domain/package.ts';
import type { Change, RolloutForm } from '../domain/plan.ts';
import { forThread, rowChanges, sourceOf, updatedAt } from '../domain/session_changes.ts';
import { settingsToMend } from '../domain/settings_mend.ts';
import { pointOf } from '../domain/sidecar.ts';
import type { ThreadId } from '../domain/thread_id.ts';
import { type NameBase, nameOf, type RowFacts } from '../domain/thread_row.ts';
import { describe, withMended, withWarning } from './describe_session.ts';
import { learn, remember } from './learned.ts';
import { type Outcome, planBranch } from './plan_new_session.ts';
import type { Decision } from './relate_session.ts';
import type { SyncContext } from './sync_context.ts';

type AppendRollout = Extract<Change, { kind: 'append_rollout' }>;

export function planKeep(incoming: ValidSession, decision: Decision, local: LocalSession, context: SyncContext): Outcome {
  const session = describe(incoming, decision, 'none', local.threadId, context);
  const { changes, mended, learned, rules } = presentChanges(incoming, decision, local, false, context);
  const isRemembered = pointOf(context.local.sidecar, local.threadId, incoming.threadId) !== null;
  // A session that was synced before has been mended then.
  const append = isRemembered ? null : appendChange(incoming, local, endOf(local, decision, context), rules, incoming.size);
  const mends: Change[] = append?.mend ? [append, ...changes] : changes;
  const what = append?.mend ? [...mended, 'its working folder'] : mended;
  const held = mends.length > 0 ? context.holders.isHeld(local.threadId, local.file) : null;
  if (held) return { session: withWarning(session, `it needs mending (${what.join(', ')}), but ${held}`), changes: [] };
  const remembered = isRemembered ? [] : remember(incoming, learned, context);
  return { session: withMended(session, what), changes: forThread(local.threadId, [...mends, ...remembered]) };
}

export function planAppend(incoming: ValidSession, decision: Decision, local: LocalSession, context: SyncContext): Outcome {
  const session = describe(incoming, decision, 'append', local.threadId, context);
  const held = context.holders.isHeld(local.threadId, local.file);
  if (held) return { session: { ...session, action: 'refuse', classification: 'busy', reason: held }, changes: [] };
  const end = endOf(local, decision, context);
  const form = formToAppend(end, incoming, decision.verdict);
  if (form === null) return planBranch(incoming, { ...decision, verdict: otherForm(decision.verdict, end.historyMode) }, context);
  const { changes, mended, learned, rules } = presentChanges(incoming, decision, local, true, context);
  const from = decision.verdict.best?.relation.incomingResumesAt ?? 0;
  const append = { ...appendChange(incoming, local, end, rules, from), form };
  const what = append.mend ? [...mended, 'its working folder'] : mended;
  return {
    session: withMended(session, what),
    changes: forThread(local.threadId, [append, ...changes, ...remember(incoming, learned, context)]),
  };
}

const endOf = (local: LocalSession, decision: Decision, context: SyncContext): RolloutEnd =>
  decision.localEnd ?? readRolloutEnd(localParts(context.local, local.file as string));

/** Appends what the incoming transcript holds from logical offset `from` on, behind a mend of the local settings where that is needed. */
function appendChange(
  incoming: ValidSession,
  local: LocalSession,
  end: RolloutEnd,
  rules: PathRules,
  from: number,
): AppendRollout {
  const localization = { rules, ids: idsFrom(incoming.threadId, local.threadId), windowId: null };
  return {
    kind: 'append_rollout',
    path: local.file as string,
    source: sourceOf(incoming),
    localization,
    from,
    at: { size: end.size, mtime: end.mtime },
    localDigest: end.digest,
    form: 'as_it_is',
    nextOrdinal: end.lastOrdinal === null ? null : end.lastOrdinal + 1,
    mendsTornLine: !end.endsWithNewline,
    mend: settingsToMend(end, localization),
    mtime: Math.max(updatedAt(incoming), Math.trunc(end.mtime)),
  };
}

/** How incoming lines are written here; null where one file cannot hold both: Codex refuses lines of the other form. */
function formToAppend(end: RolloutEnd, incoming: ValidSession, { best }: Verdict): RolloutForm | null {
  if (!best?.relation.resumesWithTurn) return null;
  if (end.historyMode === incoming.transcript.meta.historyMode) return 'as_it_is';
  return end.historyMode === 'legacy' && best.relation.acrossForms ? 'legacy' : null;
}

const otherForm = (verdict: Verdict, here: string): Verdict => ({
  ...verdict,
  classification: 'diverged_lineage',
  reason: `format_migration: the history here is ${here} and what incoming has more cannot be added to it, so it becomes a branch`,
});

/** A name goes to the index as well: it is the only place where Codex 0.117 looks. */
const indexChange = (threadId: ThreadId, name: string, incoming: ValidSession, { home }: SyncContext): Change => {
  const line = indexLine(threadId, name, new Date(updatedAt(incoming)).toISOString());
  return { kind: 'operation', operation: { kind: 'index_entry', path: indexFile(home.path), line, action: 'add' } };
};

/** Row and sidecar of a session that is here already. */
function presentChanges(
  incoming: ValidSession,
  decision: Decision,
  local: LocalSession,
  advances: boolean,
  context: SyncContext,
) {
  const { sidecar, schema } = context.local;
  const rules = context.rulesFor(incoming, decision.lineageId, local);
  const point = sidecar.pointsOfHead.get(local.threadId)?.[0];
  const base: NameBase = point ? { name: point.name, title: point.title } : null;
  const incomingName = nameOf(incoming.row, incoming.indexName);
  const facts: RowFacts = {
    id: local.threadId,
    rolloutPath: local.file as string,
    cwd: plainPath(localizePath(incoming.transcript.meta.cwd, rules).path),
    modelProvider: context.providerOf(incoming),
    historyMode: decision.localEnd?.historyMode ?? readFirstLine(local.file as string)?.meta.historyMode ?? 'legacy',
    name: local.name ?? base?.name ?? incomingName,
    archived: local.archived,
  };
  const { changes, mended } = rowChanges(incoming, { row: local.row, facts, base }, schema, advances);
  const takesName =
    advances && incomingName !== null && incomingName !== local.name && (local.name === null || local.name === base?.name);
  if (takesName) changes.push(indexChange(local.threadId, incomingName, incoming, context));
  const origin = sidecar.heads.get(local.threadId)?.origin ?? 'found';
  return {
    changes,
    mended,
    rules,
    learned: learn(incoming, decision, { ...facts, name: incomingName ?? base?.name ?? null }, origin, rules, context),
  };
}

export const hasSomethingToMend = (
  incoming: ValidSession,
  decision: Decision,
  local: LocalSession,
  context: SyncContext,
): boolean => presentChanges(incoming, decision, local, false, context).changes.length > 0;
