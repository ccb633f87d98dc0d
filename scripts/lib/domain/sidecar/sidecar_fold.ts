// What the journals say of the sidecar: its rows, each with all that it ever was, oldest first. Pure; reads no home.

import type { Row, RowOperation } from '../operation/operation.ts';
import { keyOf, type SidecarTable } from './sidecar.ts';

export type SidecarEffect = { transactionId: string; operation: RowOperation };

/** Null: the row was taken away. `transactionId` is null for what a row was before the oldest journal that names it. */
export type RowState = { row: Row | null; transactionId: string | null };

/** By table and key. */
export type SidecarHistory = Map<SidecarTable, Map<string, RowState[]>>;

/**
 * Effects in the order of their commits. A transaction that was rolled back and its rollback take each other out, also where only some
 * of its sessions went back, so both belong in.
 */
export function foldSidecar(effects: readonly SidecarEffect[]): SidecarHistory {
  const history: SidecarHistory = new Map();
  for (const { transactionId, operation } of effects) {
    const states = statesOf(history, operation.table as SidecarTable, operation.key);
    if (states.length === 0 && operation.before) states.push({ row: operation.before, transactionId: null });
    states.push({ row: rowAfter(states.at(-1)?.row ?? null, operation), transactionId });
  }
  return history;
}

function statesOf(history: SidecarHistory, table: SidecarTable, key: Row): RowState[] {
  const rows = history.get(table) ?? new Map<string, RowState[]>();
  history.set(table, rows);
  const states = rows.get(keyOf(table, key)) ?? [];
  rows.set(keyOf(table, key), states);
  return states;
}

/** As a transaction applies it: columns that it did not change keep what they have. */
function rowAfter(current: Row | null, { before, after }: SidecarEffect['operation']): Row | null {
  if (!after || !current) return after;
  const changes = Object.entries(after).filter(([column, cell]) => !before || before[column] !== cell);
  return { ...current, ...Object.fromEntries(changes) };
}
