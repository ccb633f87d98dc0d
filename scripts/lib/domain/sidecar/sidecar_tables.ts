// The sidecar as plain rows by table and key, to compare one with another.

import type { Row, RowOperation } from '../operation/operation.ts';
import { keyRow, SIDECAR_TABLES, type SidecarTable, type SyncPoint } from './sidecar.ts';

export type SidecarRows = Map<SidecarTable, Map<string, Row>>;
export type SidecarCounts = { lineages: number; heads: number; sync_points: number; tombstones: number };

/** Names a row within its table. */
export const keyOf = (table: SidecarTable, row: Row): string => JSON.stringify(Object.values(keyRow(table, row)));

export const noRows = (): SidecarRows => new Map(SIDECAR_TABLES.map((table) => [table, new Map()]));

export const rowsIn = (rows: SidecarRows, table: SidecarTable): Row[] => [...(rows.get(table)?.values() ?? [])];

export const pointsIn = (rows: SidecarRows): SyncPoint[] => rowsIn(rows, 'sync_points') as SyncPoint[];

export const put = (rows: SidecarRows, table: SidecarTable, row: Row): void => {
  rows.get(table)?.set(keyOf(table, row), row);
};

export const countRows = (rows: SidecarRows): SidecarCounts => {
  const count = (table: SidecarTable): number => rows.get(table)?.size ?? 0;
  return {
    lineages: count('lineages'),
    heads: count('heads'),
    sync_points: count('sync_points'),
    tombstones: count('tombstones'),
  };
};

/** What turns one sidecar into the other; empty where they say the same. */
export const rowsBetween = (present: SidecarRows, wanted: SidecarRows): RowOperation[] =>
  SIDECAR_TABLES.flatMap((table) => {
    const [from, to] = [present.get(table) ?? new Map<string, Row>(), wanted.get(table) ?? new Map<string, Row>()];
    const keys = [...new Set([...from.keys(), ...to.keys()])];
    return keys.flatMap((key) => rowBetween(table, from.get(key) ?? null, to.get(key) ?? null) ?? []);
  });

/** A column that an older version did not have is NULL. */
function rowBetween(table: SidecarTable, from: Row | null, to: Row | null): RowOperation | null {
  const columns = Object.keys({ ...from, ...to });
  const whole = (row: Row | null): Row | null =>
    row && Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
  const [before, after] = [whole(from), whole(to)];
  if (before && after && columns.every((column) => before[column] === after[column])) return null;
  return { kind: 'row', database: 'sidecar', table, key: keyRow(table, (to ?? from) as Row), before, after };
}
