// Where the sidecar, or the home, came out of an older backup than the journals. Pure; reads no home.

import type { RowOperation } from '../operation/operation.ts';
import { type HomeEvidence, latest } from './reconcile_sidecar.ts';
import { type Head, isSameRow, keyOf, type SidecarTable, type SyncPoint, servedBy } from './sidecar.ts';
import type { SidecarHistory } from './sidecar_fold.ts';
import type { Sidecar } from './sidecar_store.ts';

/** Rows of which the sidecar says what they were before a transaction that the home bears out (`confirmed`): of sessions that are local. */
export function rowsBehind(history: SidecarHistory, confirmed: Sidecar, present: Sidecar): RowOperation[] {
  const alive = new Set<unknown>(confirmed.rows('heads').map(({ lineage_id }) => lineage_id));
  return present.operationsTo(confirmed).filter(({ table, before, after }) => {
    if (after === null || table === 'tombstones') return false;
    if (after.lineage_id !== undefined && !alive.has(after.lineage_id)) return false;
    const states = history.get(table as SidecarTable)?.get(keyOf(table as SidecarTable, after)) ?? [];
    const now = states.findLastIndex(({ row }) => row !== null && isSameRow(row, after));
    return before === null || states.slice(0, now).some(({ row }) => row !== null && isSameRow(row, before));
  });
}

/**
 * Heads of the journals whose session is not local, while the sidecar neither has the head nor says that it was deleted, and no local session
 * holds as much of what it was made of.
 */
export function lostHeads(history: SidecarHistory, facts: HomeEvidence, present: Sidecar): string[] {
  const buried = new Set<unknown>(present.rows('tombstones').map(({ lineage_id }) => lineage_id));
  const isServed = servedBy(present.rows('sync_points').filter(({ thread_id }) => facts.holds(thread_id)));
  const served = new Set<unknown>(
    (latest(history, 'sync_points') as SyncPoint[]).filter(isServed).map(({ thread_id }) => thread_id),
  );
  return (latest(history, 'heads') as Head[])
    .filter(({ thread_id }) => !facts.holds(thread_id) && !served.has(thread_id) && !present.head(thread_id))
    .flatMap(({ thread_id, lineage_id }) => (buried.has(lineage_id) ? [] : [thread_id]));
}
