import { describe, expect, test } from 'vitest';
import { heldSidecar } from '../../scripts/lib/domain/held_sidecar.ts';
import type { Row, RowOperation } from '../../scripts/lib/domain/operation.ts';
import { keyRow, type SidecarTable, sidecarRow } from '../../scripts/lib/domain/sidecar.ts';
import { foldSidecar } from '../../scripts/lib/domain/sidecar_fold.ts';
import { keyOf, noRows, put, rowsIn } from '../../scripts/lib/domain/sidecar_tables.ts';

const wrote = (
  table: SidecarTable,
  before: Row | null,
  after: Row | null,
  transactionId = 't',
): { transactionId: string; operation: RowOperation } => ({
  transactionId,
  operation: { kind: 'row', database: 'sidecar', table, key: keyRow(table, (after ?? before) as Row), before, after },
});
const NOW = new Date('2026-11-21T10:00:00.000Z');
const head = (thread_id: string): Row => ({ thread_id, lineage_id: 'l', origin: 'synced', branched_from: null });
const point = (thread_id: string, source_thread_id: string): Row => ({ thread_id, source_thread_id, local_size: 9 });

describe('an operation of the sidecar', () => {
  const row = { lineage_id: 'l', root: 'r' };
  test('is none where the row already says so', () => expect(sidecarRow('lineages', row, row)).toBeNull());
  test.each([null, { ...row, root: null }])('goes from %j', (before) =>
    expect(sidecarRow('lineages', before, row)).toMatchObject({ key: { lineage_id: 'l' }, before, after: row }),
  );
});

test('the states of a row begin with what it was before the oldest journal', () => {
  const [was, became] = [head('a'), { ...head('a'), origin: 'branch' }];
  const states = foldSidecar([wrote('heads', was, became)])
    .get('heads')
    ?.get(keyOf('heads', was));
  expect(states).toEqual([
    { row: was, transactionId: null },
    { row: became, transactionId: 't' },
  ]);
});

describe('what a home bears out', () => {
  const held = (effects: ReturnType<typeof wrote>[], here: string[]) =>
    heldSidecar(foldSidecar(effects), { holds: (id) => here.includes(id), reaches: () => true }, noRows(), NOW).rows;

  test('a source whose head is gone has a tombstone', () =>
    expect(
      rowsIn(held([wrote('heads', null, head('a')), wrote('sync_points', null, point('a', 's'))], []), 'tombstones'),
    ).toEqual([{ source_thread_id: 's', thread_id: 'a', lineage_id: 'l', noticed_at: NOW.toISOString() }]));

  test('none where another head of that source is here', () => {
    const effects = ['a', 'b'].flatMap((id) => [wrote('heads', null, head(id)), wrote('sync_points', null, point(id, 's'))]);
    expect(rowsIn(held(effects, ['b']), 'tombstones')).toEqual([]);
  });

  test('none of a head that nobody knows', () =>
    expect(rowsIn(held([wrote('sync_points', null, point('a', 's'))], []), 'tombstones')).toEqual([]));

  test('a tombstone stays while its head is away, and keeps its time', () => {
    const tombstone = { source_thread_id: 's', thread_id: 'a', lineage_id: 'l', noticed_at: 'long ago' };
    const effects = [wrote('tombstones', null, tombstone)];
    expect(rowsIn(held(effects, []), 'tombstones')).toEqual([tombstone]);
    expect(rowsIn(held(effects, ['a']), 'tombstones')).toEqual([]);
  });
});

test('rows are put by their key', () => {
  const rows = noRows();
  for (const row of [head('a'), head('b'), { ...head('a'), origin: 'found' }]) put(rows, 'heads', row);
  expect(rowsIn(rows, 'heads')).toEqual([{ ...head('a'), origin: 'found' }, head('b')]);
  expect(rowsIn(new Map(), 'heads')).toEqual([]);
});
