// What the sidecar learns from one session of a run.

import { localizePath, type PathRules } from '../../domain/localize/localization.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { type Learned, sidecarChanges, syncPointChange } from '../../domain/plan/session_changes.ts';
import type { HeadOrigin } from '../../domain/sidecar/sidecar.ts';
import type { RowFacts } from '../../domain/thread/thread_row.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Decision } from '../match/relate_session.ts';
import { isArchived } from './describe_session.ts';

export function learn(
  incoming: ValidSession,
  decision: Decision,
  facts: RowFacts,
  origin: HeadOrigin,
  rules: PathRules,
  { options, packedAt }: SyncContext,
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
    archived: isArchived(incoming),
    packedAt,
    pathRules: localizePath(meta.cwd, rules).rule === 'map-path' ? options.mapPaths : [],
  };
}

export const remember = (incoming: ValidSession, learned: Learned, { local }: SyncContext): Change[] => [
  ...sidecarChanges(incoming, learned, local.sidecar),
  syncPointChange(incoming, learned, local.sidecar),
];

/** The session that a branch parted from becomes a head, where no lineage knows it yet. */
export function adoptOrigin({ branchedFrom, lineageId }: Learned, { local }: SyncContext): Change[] {
  if (!branchedFrom || local.sidecar.heads.has(branchedFrom)) return [];
  const after = { thread_id: branchedFrom, lineage_id: lineageId, origin: 'found', branched_from: null };
  return [
    {
      kind: 'operation',
      operation: { kind: 'row', database: 'sidecar', table: 'heads', key: { thread_id: branchedFrom }, before: null, after },
    },
  ];
}
