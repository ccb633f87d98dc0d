// One session of a package: its decision, and the changes that carry it out.

import fs from 'node:fs';
import path from 'node:path';
import { type LocalSession, readProjection } from '../adapters/local_home.ts';
import { type RolloutEnd, readRolloutEnd } from '../adapters/rollout_end.ts';
import { indexFile, indexLine } from '../adapters/session_index.ts';
import { nameOfCopy } from '../domain/branch_name.ts';
import type { Verdict } from '../domain/classification.ts';
import { localizePath, type PathRules, plainPath } from '../domain/localization.ts';
import type { PackageSession, ValidSession } from '../domain/package.ts';
import type { Action, Change, PlannedChange, PlannedSession } from '../domain/plan.ts';
import { parseRolloutName, rolloutPathFor } from '../domain/rollout_name.ts';
import {
  createChanges,
  forThread,
  type Learned,
  rowChanges,
  sidecarChanges,
  sourceOf,
  syncPointChange,
  updatedAt,
} from '../domain/session_changes.ts';
import { warningsFor } from '../domain/session_warnings.ts';
import { settingsToMend } from '../domain/settings_mend.ts';
import { type HeadOrigin, pointOf } from '../domain/sidecar.ts';
import { deriveThreadId, type ThreadId } from '../domain/thread_id.ts';
import { type NameBase, nameOf, type RowFacts } from '../domain/thread_row.ts';
import { type Decision, decide } from './relate_session.ts';
import type { SyncContext } from './sync_context.ts';

type AppendRollout = Extract<Change, { kind: 'append_rollout' }>;

export type Outcome = { session: PlannedSession; changes: PlannedChange[] };

export function planSession(incoming: ValidSession, context: SyncContext): Outcome {
  return carryOut(incoming, decide(incoming, context, 'trust fingerprints'), context);
}

function carryOut(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
  switch (decision.verdict.classification) {
    case 'new_lineage':
      return planCreate(incoming, decision, incoming.threadId, 'synced', context);
    case 'unchanged':
      return planKeep(incoming, decision, decision.local as LocalSession, context);
    case 'fast_forward_import':
      return planAppend(incoming, decision, decision.local as LocalSession, context);
    case 'diverged_lineage':
      return planBranch(incoming, decision, context);
    case 'id_collision_unrelated':
      return planCopy(incoming, decision, context);
    default:
      return decision.verdict.classification satisfies never;
  }
}

/** An incoming id that is free here (the package of a branch) is kept; else the id follows from where the two part. */
function planBranch(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
  const { onDivergence } = context.options;
  if (onDivergence === 'skip') return leftAlone(incoming, decision, 'none', 'left alone: --on-divergence skip', context);
  if (onDivergence === 'abort')
    return leftAlone(incoming, decision, 'refuse', '--on-divergence abort stops the whole run', context);
  const point = decision.verdict.best?.relation.firstIncomingOnly;
  const isFree = !context.local.sessions.has(incoming.threadId);
  const id = isFree
    ? incoming.threadId
    : context.freeId(Date.parse(point?.timestamp ?? ''), `branch:${incoming.transcript.root}:${point?.digest}`);
  return planCreate(incoming, decision, id, 'branch', context);
}

function planCopy(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
  if (context.options.onCollision === 'skip')
    return leftAlone(incoming, decision, 'refuse', 'use --on-collision import-as-new to keep both', context);
  const { meta, root } = incoming.transcript;
  const id = context.freeId(Date.parse(meta.timestamp), `copy:${incoming.threadId}:${root ?? incoming.digest}`);
  return planCreate(incoming, { ...decision, lineageId: root?.slice(0, 32) ?? id }, id, 'copy', context);
}

const leftAlone = (
  incoming: ValidSession,
  decision: Decision,
  action: Action,
  warning: string,
  context: SyncContext,
): Outcome => {
  const session = describe(incoming, decision, action, null, context);
  return { session: { ...session, warnings: [warning, ...session.warnings] }, changes: [] };
};

function planCreate(incoming: ValidSession, decision: Decision, id: ThreadId, origin: HeadOrigin, context: SyncContext): Outcome {
  const rules = context.rulesFor(incoming, decision.lineageId, null);
  const facts = factsOfNew(incoming, id, origin, rules, context);
  const isOwnId = id === incoming.threadId;
  const windowId = deriveThreadId(Date.parse(incoming.transcript.meta.timestamp), `window:${id}`);
  const changes = createChanges(
    incoming,
    facts,
    { rules, threadId: isOwnId ? null : { from: incoming.threadId, to: id, windowId } },
    {
      schema: context.local.schema,
      staleRow: context.local.sessions.get(id)?.row ?? null,
      staleProjection: readProjection(context.home, [id]),
      indexPath: indexFile(context.home.path),
      indexLine: facts.name ? indexLine(id, facts.name, new Date(updatedAt(incoming)).toISOString()) : null,
    },
  );
  const described = describe(incoming, decision, origin === 'branch' ? 'branch' : 'create', id, context);
  const session = { ...described, local_name: facts.name };
  const learned = learn(incoming, decision, facts, origin, rules, context);
  return {
    session,
    changes: forThread(id, [...changes, ...remember(incoming, learned, context), ...adoptOrigin(learned, context)]),
  };
}

function factsOfNew(incoming: ValidSession, id: ThreadId, origin: HeadOrigin, rules: PathRules, { home }: SyncContext): RowFacts {
  const archived = origin === 'synced' && isArchived(incoming);
  const folder = archived ? 'archived_sessions' : `sessions/${parseRolloutName(incoming.rolloutName)?.folder}`;
  const relative = id === incoming.threadId ? `${folder}/${incoming.rolloutName}` : rolloutPathFor(id);
  const name = nameOf(incoming.row, incoming.indexName);
  return {
    id,
    rolloutPath: path.join(home.path, ...relative.split('/')),
    cwd: plainPath(localizePath(incoming.transcript.meta.cwd, rules).path),
    modelProvider: incoming.transcript.meta.modelProvider || home.defaultProvider,
    name: origin === 'branch' || origin === 'copy' ? nameOfCopy(origin, name ?? titleOf(incoming), incoming.transcript) : name,
    archived,
  };
}

function planKeep(incoming: ValidSession, decision: Decision, local: LocalSession, context: SyncContext): Outcome {
  if (decision.isKnown && presentChanges(incoming, decision, local, false, context).changes.length > 0) {
    // Nothing is written on the strength of a fingerprint alone.
    const looked = decide(incoming, context, 'read everything');
    return carryOut(incoming, looked, context);
  }
  const session = describe(incoming, decision, 'none', local.threadId, context);
  const { changes, mended, learned, rules } = presentChanges(incoming, decision, local, false, context);
  const isRemembered = pointOf(context.local.sidecar, local.threadId, incoming.threadId) !== null;
  // A session that was synced before has been mended then.
  const append = isRemembered
    ? null
    : appendChange(incoming, local, decision.localEnd ?? readRolloutEnd(local.file as string), rules, incoming.size);
  const mends: Change[] = append?.mend ? [append, ...changes] : changes;
  const what = append?.mend ? [...mended, 'its working folder'] : mended;
  const held = mends.length > 0 ? context.holders.isHeld(local.threadId, local.file) : null;
  if (held) return { session: withWarning(session, `it needs mending (${what.join(', ')}), but ${held}`), changes: [] };
  const remembered = isRemembered ? [] : remember(incoming, learned, context);
  return { session: withMended(session, what), changes: forThread(local.threadId, [...mends, ...remembered]) };
}

function planAppend(incoming: ValidSession, decision: Decision, local: LocalSession, context: SyncContext): Outcome {
  const session = describe(incoming, decision, 'append', local.threadId, context);
  const held = context.holders.isHeld(local.threadId, local.file);
  if (held) return { session: { ...session, action: 'refuse', classification: 'busy', reason: held }, changes: [] };
  const end = decision.localEnd ?? readRolloutEnd(local.file as string);
  if (end.historyMode !== incoming.transcript.meta.historyMode)
    return planBranch(incoming, { ...decision, verdict: otherMode(decision.verdict, end.historyMode) }, context);
  const { changes, mended, learned, rules } = presentChanges(incoming, decision, local, true, context);
  const append = appendChange(incoming, local, end, rules, decision.verdict.best?.relation.incomingResumesAt ?? 0);
  const what = append.mend ? [...mended, 'its working folder'] : mended;
  return {
    session: withMended(session, what),
    changes: forThread(local.threadId, [append, ...changes, ...remember(incoming, learned, context)]),
  };
}

/** Appends what the incoming file holds from byte `from` on, behind a mend of the local settings where that is needed. */
function appendChange(
  incoming: ValidSession,
  local: LocalSession,
  end: RolloutEnd,
  rules: PathRules,
  from: number,
): AppendRollout {
  const threadId = local.threadId === incoming.threadId ? null : { from: incoming.threadId, to: local.threadId, windowId: null };
  const localization = { rules, threadId };
  return {
    kind: 'append_rollout',
    path: local.file as string,
    source: sourceOf(incoming),
    localization,
    from,
    at: { size: end.size, mtime: end.mtime },
    localDigest: end.digest,
    nextOrdinal: end.lastOrdinal === null ? null : end.lastOrdinal + 1,
    mendsTornLine: !end.endsWithNewline,
    mend: settingsToMend(end, localization),
    mtime: Math.max(updatedAt(incoming), Math.trunc(end.mtime)),
  };
}

/** Lines of the other mode in one file are a file that Codex refuses. */
const otherMode = (verdict: Verdict, here: string): Verdict => ({
  ...verdict,
  classification: 'diverged_lineage',
  reason: `the histories have different forms (here: ${here}), so the incoming one becomes a branch`,
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
    modelProvider: incoming.transcript.meta.modelProvider || context.home.defaultProvider,
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

function learn(
  incoming: ValidSession,
  decision: Decision,
  facts: RowFacts,
  origin: HeadOrigin,
  rules: PathRules,
  { options }: SyncContext,
): Learned {
  const { meta, root } = incoming.transcript;
  return {
    lineageId: decision.lineageId,
    root,
    head: facts.id,
    origin,
    branchedFrom: origin === 'branch' ? (decision.local?.threadId ?? null) : null,
    rolloutPath: facts.rolloutPath,
    name: facts.name,
    title: facts.name ?? (typeof incoming.row.title === 'string' ? incoming.row.title : null),
    pathRules: localizePath(meta.cwd, rules).rule === 'map-path' ? options.mapPaths : [],
  };
}

const remember = (incoming: ValidSession, learned: Learned, { local }: SyncContext): Change[] => [
  ...sidecarChanges(incoming, learned, local.sidecar),
  syncPointChange(incoming, learned, local.sidecar),
];

/** The session that a branch parted from becomes a head, where no lineage knows it yet. */
function adoptOrigin({ branchedFrom, lineageId }: Learned, { local }: SyncContext): Change[] {
  if (!branchedFrom || local.sidecar.heads.has(branchedFrom)) return [];
  const after = { thread_id: branchedFrom, lineage_id: lineageId, origin: 'found', branched_from: null };
  return [
    {
      kind: 'operation',
      operation: { kind: 'row', database: 'sidecar', table: 'heads', key: { thread_id: branchedFrom }, before: null, after },
    },
  ];
}

function describe(
  incoming: ValidSession,
  { verdict, lineageId, local }: Decision,
  action: Action,
  localThreadId: string | null,
  context: SyncContext,
): PlannedSession {
  const { transcript } = incoming;
  const cwd = localizePath(transcript.meta.cwd, context.rulesFor(incoming, lineageId, local));
  const provider = transcript.meta.modelProvider || context.home.defaultProvider;
  const exists = fs.existsSync(cwd.path);
  const isMade = (action === 'create' || action === 'branch') && context.mayMake(cwd);
  const providerConfigured = context.isConfigured(provider);
  const relation = verdict.best?.relation;
  return {
    thread_id: incoming.threadId,
    title: nameOf(incoming.row, incoming.indexName) ?? titleOf(incoming),
    classification: verdict.classification,
    reason: verdict.reason,
    action,
    local_thread_id: localThreadId,
    local_name: null,
    lineage_id: action === 'refuse' ? null : lineageId,
    lines: relation?.lines ?? { shared: 0, local_only: 0, incoming_only: transcript.lines },
    turns: relation?.turns ?? { shared: 0, local_only: 0, incoming_only: transcript.turns },
    cwd: { source: transcript.meta.cwd, local: plainPath(cwd.path), rule: cwd.rule, exists },
    model_provider: { id: provider, configured: providerConfigured },
    encrypted_items: transcript.encryptedItems,
    bytes: incoming.size,
    archived: isArchived(incoming),
    warnings: warningsFor(incoming, { action, providerConfigured, hasFolder: exists || isMade }),
  };
}

const withWarning = (session: PlannedSession, warning: string): PlannedSession => ({
  ...session,
  warnings: [warning, ...session.warnings],
});
const withMended = (session: PlannedSession, mended: string[]): PlannedSession =>
  mended.length > 0 ? withWarning(session, `mended: ${mended.join(', ')}`) : session;
const isArchived = ({ row }: PackageSession): boolean => Number(row.archived ?? 0) === 1;
const titleOf = ({ row, transcript }: ValidSession): string =>
  String(row.title ?? '') || transcript.firstUserMessage || '(no message yet)';

/** A session that cannot be read safely: shown, with the place, and left alone. */
export function describeInvalid(incoming: PackageSession): PlannedSession {
  const none = { shared: 0, local_only: 0, incoming_only: 0 };
  return {
    thread_id: incoming.threadId,
    title: nameOf(incoming.row, incoming.indexName) ?? String(incoming.row.title ?? ''),
    classification: 'invalid',
    reason: `${incoming.invalid?.reason} (${incoming.invalid?.where})`,
    action: 'refuse',
    local_thread_id: null,
    local_name: null,
    lineage_id: null,
    lines: none,
    turns: none,
    cwd: { source: String(incoming.row.cwd ?? ''), local: '', rule: 'none', exists: false },
    model_provider: { id: String(incoming.row.model_provider ?? ''), configured: false },
    encrypted_items: 0,
    bytes: incoming.size,
    archived: isArchived(incoming),
    warnings: [],
  };
}
