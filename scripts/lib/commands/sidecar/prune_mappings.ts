// `prune-invalid-mappings`: takes out of the sidecar what `sidecar-health` calls dead. A session that was deleted locally leaves a tombstone,
// so that packages do not bring it back; one that lost its rollout and kept its row leaves nothing, so that a package can.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { type LocalHome, readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import type { RowOperation } from '../../domain/operation/operation.ts';
import { servedBy, sidecarOperations } from '../../domain/sidecar/sidecar.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';
import { sidecarRequest } from './sidecar_request.ts';

export type PrunedMapping = {
  thread_id: string;
  lineage_id: string;
  reason: 'session_deleted' | 'rollout_missing';
  title: string;
};

export type Pruned = Ran & { mappings: PrunedMapping[] };

export const pruneMappings = (home: CodexHome, request: Execution, now: Date): Pruned =>
  runTransaction(home, request, now, {
    plan() {
      const local = readLocalHome(home);
      return { local, mappings: findDead(local), warnings: [] };
    },
    request({ local, mappings }) {
      const byThread = new Map(mappings.map((mapping) => [mapping.thread_id, mapping]));
      return sidecarRequest(home, {
        command: 'prune-invalid-mappings',
        found: 'readable',
        operations: mappings.flatMap((mapping) => operationsFor(mapping, local, now)),
        describe: (threadId) => described(byThread.get(threadId) as PrunedMapping),
      });
    },
  });

const described = ({ title, reason }: PrunedMapping) => ({ title, classification: reason, action: 'prune' });

function findDead({ sidecar, sessions }: LocalHome): PrunedMapping[] {
  return sidecar.rows('heads').flatMap(({ thread_id, lineage_id }): PrunedMapping[] => {
    const session = sessions.get(thread_id);
    if (session?.file) return [];
    const title = sidecar.pointsOfHead(thread_id)[0]?.title ?? '';
    return [{ thread_id, lineage_id, reason: session ? 'rollout_missing' : 'session_deleted', title }];
  });
}

function operationsFor({ thread_id, lineage_id, reason }: PrunedMapping, local: LocalHome, now: Date): RowOperation[] {
  const { sidecar, sessions } = local;
  const points = sidecar.pointsOfHead(thread_id);
  const living = points.flatMap((point) => sidecar.pointsOfSource(point.source_thread_id));
  const isServed = servedBy(living.filter((point) => sessions.get(point.thread_id)?.file));
  const buried = reason === 'session_deleted' ? points.filter((point) => !isServed(point)) : [];
  const tombstones = buried
    .filter(({ source_thread_id }) => !sidecar.tombstone(source_thread_id))
    .map(({ source_thread_id }) => ({ source_thread_id, thread_id, lineage_id, noticed_at: now.toISOString() }));
  return [
    ...sidecarOperations('heads', sidecar.head(thread_id), null),
    ...points.flatMap((point) => sidecarOperations('sync_points', point, null)),
    ...tombstones.flatMap((tombstone) => sidecarOperations('tombstones', null, tombstone)),
  ];
}
