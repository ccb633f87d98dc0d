// Rows of a package hold whatever somebody wrote. SQLite takes any value in any column; Codex, which reads with types, does not.

import { storable } from '../json/storable_text.ts';
import type { Cell, Row } from '../operation/operation.ts';
import { isTime } from './row_time.ts';
import type { Column } from './thread_row.ts';

/** The values of the row that these columns can hold, each as such a column gives it back; others become null, as if nobody had said them. */
export function coerceRow(row: Row, columns: Column[]): Row {
  const known = new Map(columns.map((column) => [column.name, column]));
  return withCells(row, (cell, name) => coerceCell(cell, known.get(name)));
}

/** The row with its text as a database gives it back, which is what a rollback will look for. */
export const asStored = (row: Row): Row => withCells(row, (cell) => (typeof cell === 'string' ? storable(cell) : cell));

/** The very row where no cell changes: a package of 20,000 threads has them once in memory, not twice. */
function withCells(row: Row, change: (cell: Cell, name: string) => Cell): Row {
  const changed = Object.entries(row).flatMap(([name, cell]) => {
    const other = change(cell, name);
    return other === cell ? [] : [[name, other] as const];
  });
  return changed.length === 0 ? row : { ...row, ...Object.fromEntries(changed) };
}

function coerceCell(cell: Cell, column: Column | undefined): Cell {
  if (cell === null || column === undefined) return cell;
  if (column.type === 'integer') return coerceInteger(cell, column.name);
  if (typeof cell === 'string') return storable(cell);
  if (typeof cell === 'number' && !Number.isFinite(cell)) return null;
  return column.type === 'text' && !(cell instanceof Uint8Array) ? String(cell) : cell;
}

/** Digits are what `packup` makes of integers beyond 2^53; no counter is longer than an SQLite integer. */
const DIGITS = /^-?\d{1,18}$/;

function coerceInteger(cell: Cell, name: string): Cell {
  const value = typeof cell === 'string' && DIGITS.test(cell) ? exactly(cell) : cell;
  if (/_at(_ms)?$/.test(name)) return isTime(value, name) ? value : null;
  return typeof value === 'bigint' || Number.isSafeInteger(value) ? value : null;
}

const exactly = (digits: string): Cell => (Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits));
