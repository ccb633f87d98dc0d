// Sessions that a run makes: new lineages, branches, copies.

import path from 'node:path';
import { obstacleTo } from '../../adapters/codex_home/obstacles.ts';
import { indexFile, indexLine } from '../../adapters/codex_home/session_index.ts';
import { readFileState } from '../../adapters/disk/file_reading.ts';
import { filesOf } from '../../adapters/local_sessions/local_session.ts';
import { holdsNothing } from '../../adapters/rollout/thread_files.ts';
import type { Action } from '../../domain/codes/class_table.ts';
import { because, type Reason } from '../../domain/codes/reason.ts';
import { parseRolloutName, type RolloutName, rolloutPathFor } from '../../domain/ids/rollout_name.ts';
import { deriveThreadId, type ThreadId } from '../../domain/ids/thread_id.ts';
import type { Localization } from '../../domain/localize/localization.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import { nameOfCopy } from '../../domain/plan/made_name.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { createChanges, forThread, updatedAt } from '../../domain/plan/session_changes.ts';
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
import { syncRecord } from './sidecar_update.ts';

export function planBranch(decision: Decision, context: SyncContext): SessionPlan {
  const { onDivergence } = context.options;
  if (onDivergence === 'skip') return leftAlone(decision, 'none', 'left alone: --on-divergence skip', context);
  if (onDivergence === 'abort') return leftAlone(decision, 'refuse', '--on-divergence abort stops the whole run', context);
  return planCreate(decision, 'branch', context);
}

export function planCopy(decision: Decision, context: SyncContext): SessionPlan {
  const { incoming, localId } = decision;
  if (context.options.onCollision === 'skip')
    return leftAlone(decision, 'refuse', 'use --on-collision import-as-new to keep both', context);
  const lineageId = incoming.transcript.root?.slice(0, 32) ?? localId;
  return planCreate({ ...decision, incoming: inLineage(incoming, lineageId, context) }, 'copy', context);
}

const leftAlone = (decision: Decision, action: Action, warning: string, context: SyncContext): SessionPlan => ({
  session: withWarnings(describe(decision, action, context), [warning]),
  changes: [],
});

export function planCreate(decision: Decision, origin: HeadOrigin, context: SyncContext): SessionPlan {
  const { incoming, verdict, localId: id } = decision;
  const skipped = context.family.parentLeftAlone(incoming);
  if (skipped) return leftAlone(decision, skipped, 'left alone, as is the session that spawned it', context);
  const empty = emptyFilesOf(id, context);
  const held = empty.map(({ path: file }) => context.holders.isHeld(id, file)).find((found) => found !== null);
  if (held) return { session: { ...describe(decision, 'refuse', context), classification: 'busy', ...held }, changes: [] };
  const named = factsOfNew(decision, origin, context);
  const obstacle = empty.some(({ path: file }) => file === named.rolloutPath) ? null : obstacleTo(named.rolloutPath);
  if (obstacle)
    return { session: { ...describe(decision, 'refuse', context), classification: 'invalid', ...taken(obstacle) }, changes: [] };
  const localization = localizationOfNew(incoming, id, context);
  const settled = rightsOfNew(incoming, { ...named, threadId: id, folder: named.cwd }, localization, context);
  const facts = { ...named, rights: settled.rights };
  const attachments = planAttachments(incoming, id, context, 'new');
  const changes = createChanges(incoming, facts, localization, {
    added: settled.added,
    schema: context.local.schema,
    staleRow: context.local.sessions.get(id)?.row ?? null,
    staleProjection: context.rows.projectionOf(id),
    indexPath: indexFile(context.home.path),
    indexLine: facts.name ? indexLine(id, facts.name, new Date(updatedAt(incoming)).toISOString()) : null,
  });
  const described = describe(decision, origin === 'branch' ? 'branch' : 'create', context);
  const permissions = context.shared(settled.permissions);
  const warnings = [...empty.map(saidOfEmpty), ...settled.warnings, ...attachments.warnings];
  const partedFrom = origin === 'branch' ? (verdict.best?.threadId ?? null) : null;
  const record = syncRecord(incoming, { thread_id: id, origin, branched_from: partedFrom }, facts, incoming.folder, context);
  return {
    session: withWarnings({ ...described, local_name: facts.name, permissions }, [], warnings),
    changes: forThread(id, [
      ...empty.map((operation): Change => ({ kind: 'operation', operation })),
      ...changes,
      ...attachments.changes,
      ...recordSync(incoming, record, context.local.sidecar),
    ]),
  };
}

const taken = (obstacle: string): Reason => because('place_taken', `its place is taken by something else: ${obstacle}`);

type RemoveFile = Extract<Operation, { kind: 'remove_file' }>;

/**
 * Files of that id which hold nothing (`holdsNothing`). They go to the journal first: beside the new file Codex would find two, and behind NUL bytes
 * it does not find a first line (0.145 to 0.171).
 */
function emptyFilesOf(id: ThreadId, { local }: SyncContext): RemoveFile[] {
  const empty = filesOf(local.sessions.get(id)).filter(holdsNothing);
  return empty.flatMap((file): RemoveFile[] => {
    const before = readFileState(file);
    return before ? [{ kind: 'remove_file', path: file, kept: `backups/empty-${path.basename(file)}`, before }] : [];
  });
}

const saidOfEmpty = ({ path: file, before }: RemoveFile): string =>
  `its local file is empty or holds only NUL bytes (${before.size} bytes) and is moved to the journal: ${file}`;

/** A session of its own has a context window of its own, as Codex's forks have. */
function localizationOfNew(incoming: IncomingSession, id: ThreadId, context: SyncContext): Localization {
  const windowId = deriveThreadId(Date.parse(incoming.transcript.meta.timestamp), `window:${id}`);
  return localizationFor(incoming, id, incoming.folder.rules, context, id === incoming.threadId ? null : windowId);
}

function factsOfNew({ incoming, localId: id }: Decision, origin: HeadOrigin, context: SyncContext): Omit<RowFacts, 'rights'> {
  const { home, options } = context;
  const archived = origin === 'synced' && incoming.archived;
  const { folder, plainName } = parseRolloutName(incoming.rolloutName) as RolloutName;
  const place = archived ? 'archived_sessions' : `sessions/${folder}`;
  const relative = id === incoming.threadId ? `${place}/${plainName}` : rolloutPathFor(id);
  return {
    id,
    // `path.join` builds a text piece by piece, and V8 keeps the pieces: 700 bytes a path, of 20,000.
    rolloutPath: [home.path, ...relative.split('/')].join(path.sep),
    cwd: incoming.folder.path,
    modelProvider: context.providerOf(incoming),
    historyMode: options.convertHistory === 'legacy' ? 'legacy' : incoming.transcript.meta.historyMode,
    name: localName(incoming, origin),
    archived,
    isPinned: options.includePins && Number(incoming.row.is_pinned ?? 0) === 1,
  };
}

/** A person must tell a branch or a copy apart in the picker, where sub-agents are not listed. */
function localName({ name, madeName, title, transcript, parent }: IncomingSession, origin: HeadOrigin): string | null {
  const isOther = (origin === 'branch' || origin === 'copy') && parent === null;
  return isOther ? nameOfCopy(origin, title, transcript) : (name ?? madeName);
}
