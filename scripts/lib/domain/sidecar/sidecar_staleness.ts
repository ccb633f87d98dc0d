// Where the sidecar, or the home, came out of an older backup than the journals. Pure; reads no home.

import type { Row, RowOperation } from '../operation/operation.ts';
import { type HomeEvidence, latest } from './reconcile_sidecar.ts';
import { type SidecarTable, type SyncPoint, servedBy } from './sidecar.ts';
import type { SidecarHistory } from './sidecar_fold.ts';
import { keyOf, pointsIn, rowsBetween, rowsIn, type SidecarRows } from './sidecar_tables.ts';

/** Rows of which the sidecar says what they were before a transaction that the home bears out (`held`): of sessions that are here. */
export function rowsBehind(history: SidecarHistory, held: SidecarRows, present: SidecarRows): RowOperation[] {
  const alive = new Set(rowsIn(held, 'heads').map(({ lineage_id }) => lineage_id));
  return rowsBetween(present, held).filter(({ table, before, after }) => {
    if (after === null || table === 'tombstones') return false;
    if (after.lineage_id !== undefined && !alive.has(after.lineage_id)) return false;
    const states = history.get(table as SidecarTable)?.get(keyOf(table as SidecarTable, after)) ?? [];
    const now = states.findLastIndex(({ row }) => row !== null && isSame(row, after));
    return before === null || states.slice(0, now).some(({ row }) => row !== null && isSame(row, before));
  });
}

/** A column that an older version did not have is NULL. */
const isSame = (one: Row, other: Row): boolean =>
  Object.keys({ ...one, ...other }).every((column) => (one[column] ?? null) === (other[column] ?? null));

/**
 * Heads of the journals whose session is not here, while the sidecar neither has the head nor says that it was deleted, and no session here
 * holds as much of what it was made of.
 */
export function lostHeads(history: SidecarHistory, facts: HomeEvidence, present: SidecarRows): string[] {
  const buried = new Set(rowsIn(present, 'tombstones').map(({ lineage_id }) => lineage_id));
  const isServed = servedBy(pointsIn(present).filter(({ thread_id }) => facts.holds(thread_id)));
  const served = new Set<unknown>(
    (latest(history, 'sync_points') as SyncPoint[]).filter(isServed).map(({ thread_id }) => thread_id),
  );
  return [...(history.get('heads') ?? [])].flatMap(([key, states]) => {
    const row = states.at(-1)?.row;
    if (!row || facts.holds(String(row.thread_id)) || served.has(row.thread_id)) return [];
    return present.get('heads')?.has(key) || buried.has(row.lineage_id ?? null) ? [] : [String(row.thread_id)];
  });
}
