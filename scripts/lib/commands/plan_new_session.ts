// Sessions that a run makes: new lineages, branches, copies.

import path from 'node:path';
import { readProjection } from '../adapters/local_home.ts';
import { indexFile, indexLine } from '../adapters/session_index.ts';
import { nameOfCopy } from '../domain/branch_name.ts';
import { idsFrom, localizePath, type PathRules, plainPath } from '../domain/localization.ts';
import type { ValidSession } from '../domain/package.ts';
import type { Action, PlannedChange, PlannedSession } from '../domain/plan.ts';
import { parseRolloutName, type RolloutName, rolloutPathFor } from '../domain/rollout_name.ts';
import { createChanges, forThread, updatedAt } from '../domain/session_changes.ts';
import type { HeadOrigin } from '../domain/sidecar.ts';
import { deriveThreadId, type ThreadId } from '../domain/thread_id.ts';
import { nameOf, type RowFacts } from '../domain/thread_row.ts';
import { describe, isArchived, titleOf } from './describe_session.ts';
import { adoptOrigin, learn, remember } from './learned.ts';
import type { Decision } from './relate_session.ts';
import type { SyncContext } from './sync_context.ts';

export type Outcome = { session: PlannedSession; changes: PlannedChange[] };

/** An incoming id that is free here (the package of a branch) is kept; else the id follows from where the two part. */
export function planBranch(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
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

export function planCopy(incoming: ValidSession, decision: Decision, context: SyncContext): Outcome {
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

export function planCreate(
  incoming: ValidSession,
  decision: Decision,
  id: ThreadId,
  origin: HeadOrigin,
  context: SyncContext,
): Outcome {
  const rules = context.rulesFor(incoming, decision.lineageId, null);
  const facts = factsOfNew(incoming, id, origin, rules, context);
  const isOwnId = id === incoming.threadId;
  const windowId = deriveThreadId(Date.parse(incoming.transcript.meta.timestamp), `window:${id}`);
  const changes = createChanges(
    incoming,
    facts,
    { rules, ids: idsFrom(incoming.threadId, id), windowId: isOwnId ? null : windowId },
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

function factsOfNew(incoming: ValidSession, id: ThreadId, origin: HeadOrigin, rules: PathRules, context: SyncContext): RowFacts {
  const { home, options } = context;
  const archived = origin === 'synced' && isArchived(incoming);
  const { folder, plainName } = parseRolloutName(incoming.rolloutName) as RolloutName;
  const place = archived ? 'archived_sessions' : `sessions/${folder}`;
  const relative = id === incoming.threadId ? `${place}/${plainName}` : rolloutPathFor(id);
  const name = nameOf(incoming.row, incoming.indexName);
  return {
    id,
    rolloutPath: path.join(home.path, ...relative.split('/')),
    cwd: plainPath(localizePath(incoming.transcript.meta.cwd, rules).path),
    modelProvider: context.providerOf(incoming),
    historyMode: options.convertHistory === 'legacy' ? 'legacy' : incoming.transcript.meta.historyMode,
    name: origin === 'branch' || origin === 'copy' ? nameOfCopy(origin, name ?? titleOf(incoming), incoming.transcript) : name,
    archived,
  };
}
