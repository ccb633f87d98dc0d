// What of the journals' sidecar a home bears out: invariant 5.

import type { Row } from '../operation/operation.ts';
import type { ReasonCode } from '../reasons/reason.ts';
import { type Head, type Left, type SidecarTable, type SyncPoint, servedBy, type Tombstone } from './sidecar.ts';
import type { RowState, SidecarHistory } from './sidecar_fold.ts';
import { Sidecar } from './sidecar_store.ts';

/** `shrunk`: the rollout is shorter than it was left. `changed`: what was written there then reads otherwise now. */
export type Standing = 'intact' | 'shrunk' | 'changed';

/** `holds`: the session is local. `standing`: what of a sync point is. */
export type HomeEvidence = { holds(threadId: string): boolean; standing(threadId: string, left: Left): Standing };

/** `session_gone`: its session is not local. The others: its rollout is not as that transaction left it. */
export type SkipReason = Extract<ReasonCode, 'session_gone' | 'point_past_end' | 'point_changed'>;
export type Skipped = { transaction_id: string | null; thread_id: string; reason: SkipReason };

/** `known`: what the sidecar says; null where it is lost. Its tombstones keep their time. */
export function reconcileSidecar(
  history: SidecarHistory,
  facts: HomeEvidence,
  known: Sidecar | null,
  now: Date,
): { sidecar: Sidecar; skipped: Skipped[] } {
  const sidecar = new Sidecar();
  const skipped: Skipped[] = [];
  for (const table of ['lineages', 'sources', 'path_rules'] as const)
    for (const row of latest(history, table)) sidecar.put(table, row);
  for (const states of history.get('heads')?.values() ?? []) holdHead(sidecar, states, facts, skipped);
  for (const states of history.get('sync_points')?.values() ?? []) holdPoint(sidecar, states, facts, skipped);
  for (const row of latest(history, 'tombstones')) if (!facts.holds(String(row.thread_id))) sidecar.put('tombstones', row);
  buryGone(sidecar, history, facts, known, now);
  return { sidecar, skipped };
}

export const latest = (history: SidecarHistory, table: SidecarTable): Row[] =>
  [...(history.get(table)?.values() ?? [])].flatMap((states): Row[] => {
    const row = states.at(-1)?.row;
    return row ? [row] : [];
  });

function holdHead(sidecar: Sidecar, states: RowState[], facts: HomeEvidence, skipped: Skipped[]): void {
  const { row, transactionId } = states.at(-1) as RowState;
  if (!row) return;
  const thread_id = String(row.thread_id);
  if (facts.holds(thread_id)) sidecar.put('heads', row);
  else skipped.push({ transaction_id: transactionId, thread_id, reason: 'session_gone' });
}

/** The newest state that the file bears out. One that was taken away is no state, and nothing before it counts. */
function holdPoint(sidecar: Sidecar, states: RowState[], facts: HomeEvidence, skipped: Skipped[]): void {
  for (const { row, transactionId } of states.toReversed()) {
    if (!row) return;
    const thread_id = String(row.thread_id);
    const standing = facts.holds(thread_id) ? facts.standing(thread_id, leftBy(row)) : 'gone';
    if (standing === 'intact') return sidecar.put('sync_points', row);
    skipped.push({ transaction_id: transactionId, thread_id, reason: REASONS[standing] });
    if (standing === 'gone') return;
  }
}

const REASONS = { gone: 'session_gone', shrunk: 'point_past_end', changed: 'point_changed' } as const;

const leftBy = ({ local_size, local_mtime }: Row): Left => ({
  local_size: Number(local_size),
  local_mtime: Number(local_mtime),
});

/**
 * A source whose head is gone gets a tombstone, unless another local head holds as much of it, or the sidecar never had that head: then the
 * whole home is from an older backup, and nobody deleted anything.
 */
function buryGone(sidecar: Sidecar, history: SidecarHistory, facts: HomeEvidence, known: Sidecar | null, now: Date): void {
  const lineageOf = new Map((latest(history, 'heads') as Head[]).map((head) => [head.thread_id, head.lineage_id]));
  const isServed = servedBy(sidecar.rows('sync_points'));
  for (const point of latest(history, 'sync_points') as SyncPoint[]) {
    const { thread_id, source_thread_id } = point;
    const lineage_id = lineageOf.get(thread_id);
    if (!lineage_id || facts.holds(thread_id) || isServed(point)) continue;
    const tombstone: Tombstone = { source_thread_id, thread_id, lineage_id, noticed_at: now.toISOString() };
    const earlier = sidecar.tombstone(source_thread_id) ?? known?.tombstone(source_thread_id);
    if (known && !earlier && !known.head(thread_id)) continue;
    sidecar.put('tombstones', earlier?.thread_id === thread_id ? earlier : tombstone);
  }
}
