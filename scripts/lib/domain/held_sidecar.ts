// What of the journals' sidecar a home bears out: invariant 5.

import type { Row } from './operation.ts';
import type { SidecarTable } from './sidecar.ts';
import type { RowState, SidecarHistory } from './sidecar_fold.ts';
import { keyOf, noRows, put, rowsIn, type SidecarRows } from './sidecar_tables.ts';

/** `holds`: the session is here. `reaches`: one of its rollouts has at least so many bytes. */
export type HomeFacts = { holds(threadId: string): boolean; reaches(threadId: string, size: number): boolean };

/** `session_gone`: its session is not here. `point_past_end`: its rollout is shorter than that transaction left it. */
export type SkipReason = 'session_gone' | 'point_past_end';
export type Skipped = { transaction_id: string | null; thread_id: string; reason: SkipReason };

/** `known`: tombstones that are written already keep their time. */
export function heldSidecar(
  history: SidecarHistory,
  facts: HomeFacts,
  known: SidecarRows,
  now: Date,
): { rows: SidecarRows; skipped: Skipped[] } {
  const rows = noRows();
  const skipped: Skipped[] = [];
  for (const table of ['lineages', 'sources', 'path_rules'] as const)
    for (const row of latest(history, table)) put(rows, table, row);
  for (const states of history.get('heads')?.values() ?? []) holdHead(rows, states, facts, skipped);
  for (const states of history.get('sync_points')?.values() ?? []) holdPoint(rows, states, facts, skipped);
  for (const row of latest(history, 'tombstones')) if (!facts.holds(String(row.thread_id))) put(rows, 'tombstones', row);
  buryGone(rows, history, facts, known, now);
  return { rows, skipped };
}

const latest = (history: SidecarHistory, table: SidecarTable): Row[] =>
  [...(history.get(table)?.values() ?? [])].flatMap((states): Row[] => {
    const row = states.at(-1)?.row;
    return row ? [row] : [];
  });

function holdHead(rows: SidecarRows, states: RowState[], facts: HomeFacts, skipped: Skipped[]): void {
  const { row, transactionId } = states.at(-1) as RowState;
  if (!row) return;
  const thread_id = String(row.thread_id);
  if (facts.holds(thread_id)) put(rows, 'heads', row);
  else skipped.push({ transaction_id: transactionId, thread_id, reason: 'session_gone' });
}

/** The newest state that the file bears out. One that was taken away is no state, and nothing before it counts. */
function holdPoint(rows: SidecarRows, states: RowState[], facts: HomeFacts, skipped: Skipped[]): void {
  for (const { row, transactionId } of states.toReversed()) {
    if (!row) return;
    const thread_id = String(row.thread_id);
    const gone = !facts.holds(thread_id);
    if (!gone && facts.reaches(thread_id, Number(row.local_size))) return put(rows, 'sync_points', row);
    skipped.push({ transaction_id: transactionId, thread_id, reason: gone ? 'session_gone' : 'point_past_end' });
    if (gone) return;
  }
}

/** A source whose head is gone gets a tombstone, unless another head of it is here. */
function buryGone(rows: SidecarRows, history: SidecarHistory, facts: HomeFacts, known: SidecarRows, now: Date): void {
  const lineageOf = new Map(latest(history, 'heads').map((head) => [head.thread_id, head.lineage_id]));
  const served = new Set(rowsIn(rows, 'sync_points').map((point) => point.source_thread_id));
  for (const { thread_id, source_thread_id } of latest(history, 'sync_points') as { [column: string]: string }[]) {
    const lineage_id = lineageOf.get(thread_id as string);
    if (!lineage_id || facts.holds(String(thread_id)) || served.has(source_thread_id as string)) continue;
    const tombstone = { source_thread_id, thread_id, lineage_id, noticed_at: now.toISOString() } as Row;
    const key = keyOf('tombstones', tombstone);
    const earlier = rows.get('tombstones')?.get(key) ?? known.get('tombstones')?.get(key);
    put(rows, 'tombstones', earlier?.thread_id === thread_id ? (earlier as Row) : tombstone);
  }
}
