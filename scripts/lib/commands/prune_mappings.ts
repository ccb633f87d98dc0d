// `prune-invalid-mappings`: takes out of the sidecar what `sidecar-health` calls dead. A session that was deleted here leaves a tombstone,
// so that packages do not bring it back; one that lost its rollout and kept its row leaves nothing, so that a package can.

import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import type { JournaledOperation } from '../adapters/journal_folder.ts';
import { type LocalHome, readLocalHome } from '../adapters/local_home.ts';
import type { Row } from '../domain/operation.ts';
import { digestPlan, type PlannedChange } from '../domain/plan.ts';
import { type Head, sidecarRow } from '../domain/sidecar.ts';
import { keyRow, type SidecarTable } from '../domain/sidecar_tables.ts';
import { recover } from '../transaction/recover.ts';
import { transact } from '../transaction/transact.ts';
import { withWriterLock } from '../transaction/writer_lock.ts';
import { spaceForPlan } from './space_needed.ts';

export type PrunedMapping = {
  thread_id: string;
  lineage_id: string;
  reason: 'session_deleted' | 'rollout_missing';
  title: string;
};

export type Pruned = { mode: 'dry-run' | 'executed'; mappings: PrunedMapping[]; transactionId: string | null };

export type PruneRequest = { execute: boolean; waitSeconds?: number };

export function pruneMappings(home: CodexHome, request: PruneRequest, environment: NodeJS.ProcessEnv, now: Date): Pruned {
  if (!request.execute) return { mode: 'dry-run', mappings: findDead(readLocalHome(home)), transactionId: null };
  return withWriterLock(
    home.path,
    () => {
      recover(home.path, (name) => databaseFile(home, name), environment);
      const local = readLocalHome(home);
      const mappings = findDead(local);
      const transactionId = mappings.length > 0 ? carryOut(home, local, mappings, now) : null;
      return { mode: 'executed', mappings, transactionId };
    },
    request.waitSeconds,
  );
}

function findDead({ sidecar, sessions }: LocalHome): PrunedMapping[] {
  return [...sidecar.heads.values()].flatMap(({ thread_id, lineage_id }): PrunedMapping[] => {
    const session = sessions.get(thread_id);
    if (session?.file) return [];
    const title = sidecar.pointsOfHead.get(thread_id)?.[0]?.title ?? '';
    return [{ thread_id, lineage_id, reason: session ? 'rollout_missing' : 'session_deleted', title }];
  });
}

function carryOut(home: CodexHome, local: LocalHome, mappings: PrunedMapping[], now: Date): string {
  const operations = mappings.flatMap((mapping) => operationsFor(mapping, local, now));
  const changes = operations.map(
    ({ thread_id, operation }): PlannedChange => ({ thread_id, change: { kind: 'operation', operation } }),
  );
  const { transactionId } = transact({
    home: home.path,
    now,
    findDatabase: (name) => databaseFile(home, name),
    spaceNeeded: spaceForPlan(changes),
    manifest: {
      command: 'prune-invalid-mappings',
      plan_digest: digestPlan([], changes, ''),
      plan_summary: { pruned: mappings.length },
      package: null,
      rolls_back: null,
      threads: mappings.map(({ thread_id, title, reason }) => ({ thread_id, title, classification: reason, action: 'prune' })),
    },
    stage: () => operations,
    // Only the sidecar is written.
    beforeFirstChange() {},
  });
  return transactionId;
}

function operationsFor(
  { thread_id, lineage_id, reason }: PrunedMapping,
  { sidecar }: LocalHome,
  now: Date,
): JournaledOperation[] {
  const head = sidecar.heads.get(thread_id) as Head;
  const points = sidecar.pointsOfHead.get(thread_id) ?? [];
  const buried = reason === 'session_deleted' ? points : [];
  const tombstones = buried.flatMap(({ source_thread_id }) => {
    if (sidecar.tombstoneOfSource.has(source_thread_id)) return [];
    return sidecarRow('tombstones', null, { source_thread_id, thread_id, lineage_id, noticed_at: now.toISOString() }) ?? [];
  });
  const operations = [taken('heads', head), ...points.map((point) => taken('sync_points', point)), ...tombstones];
  return operations.map((operation) => ({ thread_id, operation }));
}

const taken = (table: SidecarTable, before: Row) =>
  ({ kind: 'row', database: 'sidecar', table, key: keyRow(table, before), before, after: null }) as const;
