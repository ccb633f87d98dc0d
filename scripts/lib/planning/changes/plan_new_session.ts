// Sessions that a run makes: new lineages, branches, copies.

import path from 'node:path';
import { indexFile, indexLine } from '../../adapters/codex_home/session_index.ts';
import { digestFile, statFile } from '../../adapters/disk/disk.ts';
import { holdsNothing } from '../../adapters/rollout/thread_files.ts';
import type { Action } from '../../domain/codes/class_table.ts';
import type { Verdict } from '../../domain/compare/classification.ts';
import { parseRolloutName, type RolloutName, rolloutPathFor } from '../../domain/ids/rollout_name.ts';
import { deriveThreadId, type ThreadId } from '../../domain/ids/thread_id.ts';
import { type Localization, localizePath, type PathRules, plainPath } from '../../domain/localize/localization.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import { nameOfCopy } from '../../domain/plan/made_name.ts';
import type { Change, PlannedChange, PlannedSession } from '../../domain/plan/plan.ts';
import { createChanges, forThread, updatedAt } from '../../domain/plan/session_changes.ts';
import type { HeadOrigin } from '../../domain/sidecar/sidecar.ts';
import { nameOf, type RowFacts } from '../../domain/thread/thread_row.ts';
import { localizationFor } from '../context/session_localization.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Decision } from '../match/relate_session.ts';
import { rightsOfNew } from '../rights/plan_rights.ts';
import { carryAlong, withSourceHere } from './attachments.ts';
import { describe, isArchived, titleOf, withWarnings } from './describe_session.ts';
import { adoptOrigin, learn, remember } from './sidecar_update.ts';

export type Outcome = { session: PlannedSession; changes: PlannedChange[] };

export function planBranch(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
  const { onDivergence } = context.options;
  if (onDivergence === 'skip') return leftAlone(incoming, decision, 'none', 'left alone: --on-divergence skip', context);
  if (onDivergence === 'abort')
    return leftAlone(incoming, decision, 'refuse', '--on-divergence abort stops the whole run', context);
  return planCreate(incoming, decision, 'branch', context);
}

/** An incoming id that is free here (the package of a branch) is kept; else the id follows from where the two part. */
export function idOfBranch(incoming: ValidSession, { best }: Verdict, context: SyncContext): ThreadId {
  const point = best?.relation.firstIncomingOnly;
  const isFree = !context.local.sessions.has(incoming.threadId);
  return isFree
    ? incoming.threadId
    : context.freeId(
        Date.parse(point?.timestamp ?? incoming.transcript.meta.timestamp),
        `branch:${incoming.transcript.root}:${point?.digest}`,
      );
}

export function idOfCopy({ threadId, transcript: { meta, root }, digest }: ValidSession, context: SyncContext): ThreadId {
  return context.freeId(Date.parse(meta.timestamp), `copy:${threadId}:${root ?? digest}`);
}

export function planCopy(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
  if (context.options.onCollision === 'skip')
    return leftAlone(incoming, decision, 'refuse', 'use --on-collision import-as-new to keep both', context);
  const lineageId = incoming.transcript.root?.slice(0, 32) ?? context.family.idHere(incoming);
  return planCreate(incoming, { ...decision, lineageId }, 'copy', context);
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

export function planCreate(incoming: ValidSession, decision: Decision, origin: HeadOrigin, context: SyncContext): Outcome {
  const skipped = context.family.parentLeftAlone(incoming);
  if (skipped) return leftAlone(incoming, decision, skipped, 'left alone with the session that spawned it', context);
  const id = context.family.idHere(incoming);
  const empty = emptyFilesOf(id, context);
  const held = empty.map(({ path: file }) => context.holders.isHeld(id, file)).find((found) => found !== null);
  if (held)
    return {
      session: { ...describe(incoming, decision, 'refuse', null, context), classification: 'busy', ...held },
      changes: [],
    };
  const rules = context.rulesFor(incoming, decision.lineageId, null);
  const named = factsOfNew(incoming, id, origin, rules, context);
  const localization = localizationOfNew(incoming, id, rules, context);
  const settled = rightsOfNew(incoming, { ...named, threadId: id, folder: named.cwd }, localization, context);
  const facts = { ...named, rights: settled.rights };
  const along = carryAlong(incoming, id, context);
  const changes = createChanges(withSourceHere(incoming, context), facts, localization, {
    added: settled.added,
    schema: context.local.schema,
    staleRow: context.local.sessions.get(id)?.row ?? null,
    staleProjection: context.rows.projectionOf(id),
    indexPath: indexFile(context.home.path),
    indexLine: facts.name ? indexLine(id, facts.name, new Date(updatedAt(incoming)).toISOString()) : null,
  });
  const described = describe(incoming, decision, origin === 'branch' ? 'branch' : 'create', id, context);
  const permissions = context.shared(settled.permissions);
  const warnings = [...empty.map(saidOfEmpty), ...settled.warnings, ...along.warnings];
  const session = withWarnings({ ...described, local_name: facts.name, permissions }, warnings);
  const learned = learn(incoming, decision, facts, origin, rules, context);
  return {
    session,
    changes: forThread(id, [
      ...empty.map((operation): Change => ({ kind: 'operation', operation })),
      ...changes,
      ...along.changes,
      ...remember(incoming, learned, context),
      ...adoptOrigin(learned, context),
    ]),
  };
}

type RemoveFile = Extract<Operation, { kind: 'remove_file' }>;

/**
 * Files of that id which hold nothing (`holdsNothing`). They go to the journal first: beside the new file Codex would find two, and behind NUL bytes
 * it does not find a first line (0.145 to 0.171).
 */
function emptyFilesOf(id: ThreadId, { local }: SyncContext): RemoveFile[] {
  const here = local.sessions.get(id);
  const files = here?.file ? [here.file, ...here.others] : [];
  return files.filter(holdsNothing).flatMap((file): RemoveFile[] => {
    const stat = statFile(file);
    const before = stat && { size: stat.size, mtime: stat.mtime, digest: digestFile(file) };
    return before ? [{ kind: 'remove_file', path: file, kept: `backups/empty-${path.basename(file)}`, before }] : [];
  });
}

const saidOfEmpty = ({ path: file, before }: RemoveFile): string =>
  `its file here holds nothing (${before.size} bytes) and is put aside in the journal: ${file}`;

/** A session of its own has a context window of its own, as Codex's forks have. */
function localizationOfNew(incoming: ValidSession, id: ThreadId, rules: PathRules, context: SyncContext): Localization {
  const windowId = deriveThreadId(Date.parse(incoming.transcript.meta.timestamp), `window:${id}`);
  return localizationFor(incoming, id, rules, context, id === incoming.threadId ? null : windowId);
}

function factsOfNew(
  incoming: ValidSession,
  id: ThreadId,
  origin: HeadOrigin,
  rules: PathRules,
  context: SyncContext,
): Omit<RowFacts, 'rights'> {
  const { home, options } = context;
  const archived = origin === 'synced' && isArchived(incoming);
  const { folder, plainName } = parseRolloutName(incoming.rolloutName) as RolloutName;
  const place = archived ? 'archived_sessions' : `sessions/${folder}`;
  const relative = id === incoming.threadId ? `${place}/${plainName}` : rolloutPathFor(id);
  return {
    id,
    // `path.join` builds a text piece by piece, and V8 keeps the pieces: 700 bytes a path, of 20,000.
    rolloutPath: [home.path, ...relative.split('/')].join(path.sep),
    cwd: plainPath(localizePath(incoming.transcript.meta.cwd, rules).path),
    modelProvider: context.providerOf(incoming),
    historyMode: options.convertHistory === 'legacy' ? 'legacy' : incoming.transcript.meta.historyMode,
    name: nameHere(incoming, origin),
    archived,
    isPinned: options.includePins && Number(incoming.row.is_pinned ?? 0) === 1,
  };
}

/** A person must tell a branch or a copy apart in the picker, where sub-agents are not listed. */
function nameHere(incoming: ValidSession, origin: HeadOrigin): string | null {
  const name = nameOf(incoming.row, incoming.indexName);
  const isOther = (origin === 'branch' || origin === 'copy') && incoming.carried.parent === null;
  if (!isOther) return name ?? incoming.madeName;
  return nameOfCopy(origin, name ?? incoming.madeName ?? titleOf(incoming), incoming.transcript);
}
