import { expect, test } from 'vitest';
import type { Cell } from '../../../scripts/lib/domain/operation/operation.ts';
import { asStored, coerceRow } from '../../../scripts/lib/domain/thread/coerce_row.ts';
import type { Column } from '../../../scripts/lib/domain/thread/thread_row.ts';

const column = (name: string, type: Column['type']): Column => ({ name, type, notNull: false, hasDefault: false });
const COLUMNS = [
  column('count', 'integer'),
  column('made_at', 'integer'),
  column('made_at_ms', 'integer'),
  column('words', 'text'),
  column('any', null),
];
const YEAR_10000 = 253_402_300_800;

test.each<[string, Cell, Cell]>([
  ['count', 7, 7],
  ['count', 1.5, null],
  ['count', 'seven', null],
  ['count', '-7', -7],
  ['count', '9007199254740993', 9007199254740993n],
  ['count', '1234567890123456789', null],
  ['count', '7 ', null],
  ['count', null, null],
  ['made_at', 0, 0],
  ['made_at', -1, null],
  ['made_at', 1.5, null],
  ['made_at', YEAR_10000 - 1, YEAR_10000 - 1],
  ['made_at', YEAR_10000, null],
  ['made_at', '9007199254740993', null],
  ['made_at_ms', YEAR_10000, YEAR_10000],
  ['made_at_ms', YEAR_10000 * 1000, null],
  ['words', 'a\0b\ud800c', 'a\ufffdb\ufffdc'],
  ['words', 7, '7'],
  ['words', Number.POSITIVE_INFINITY, null],
  ['any', 1.5, 1.5],
  ['any', Number.NaN, null],
  ['unknown', 'a\0b', 'a\0b'],
])('in column %s %o becomes %o', (name, cell, fitting) =>
  expect(coerceRow({ [name]: cell }, COLUMNS)).toEqual({ [name]: fitting }),
);

test('bytes stay bytes', () => {
  const row = { words: Uint8Array.of(1) };
  expect(coerceRow(row, COLUMNS)).toBe(row);
});

test('a row that fits is the very same, another keeps its order', () => {
  const row = { any: 'x', count: 1 };
  expect(coerceRow(row, COLUMNS)).toBe(row);
  expect(asStored(row)).toBe(row);
  expect(Object.entries(coerceRow({ count: '2', any: 'x' }, COLUMNS))).toEqual([
    ['count', 2],
    ['any', 'x'],
  ]);
  expect(asStored({ any: 'a\0', count: 1 })).toEqual({ any: 'a\ufffd', count: 1 });
});
