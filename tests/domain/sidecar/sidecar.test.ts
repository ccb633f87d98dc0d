import { describe, expect, test } from 'vitest';
import type { Row, RowOperation } from '../../../scripts/lib/domain/operation/operation.ts';
import { type HomeEvidence, reconcileSidecar, type Standing } from '../../../scripts/lib/domain/sidecar/reconcile_sidecar.ts';
import { isAsLeft, keyOf, type Left, type SidecarTable, sidecarOperations } from '../../../scripts/lib/domain/sidecar/sidecar.ts';
import { foldSidecar } from '../../../scripts/lib/domain/sidecar/sidecar_fold.ts';
import { lostHeads, rowsBehind } from '../../../scripts/lib/domain/sidecar/sidecar_staleness.ts';
import { Sidecar } from '../../../scripts/lib/domain/sidecar/sidecar_store.ts';

const wrote = (
  table: SidecarTable,
  before: Row | null,
  after: Row | null,
  transactionId = 't',
): { transactionId: string; operation: RowOperation } => ({
  transactionId,
  operation: sidecarOperations(table, before, after)[0] as RowOperation,
});
const NOW = new Date('2026-11-21T10:00:00.000Z');
const head = (thread_id: string): Row => ({ thread_id, lineage_id: 'l', origin: 'synced', branched_from: null });
const point = (thread_id: string, source_thread_id: string): Row => ({ thread_id, source_thread_id, local_size: 9 });

describe('an operation of the sidecar', () => {
  const row = { lineage_id: 'l', root: 'r' };
  test('is none where the row already says so', () => expect(sidecarOperations('lineages', row, row)).toEqual([]));
  test.each([null, { ...row, root: null }])('goes from %j', (before) =>
    expect(sidecarOperations('lineages', before, row)).toMatchObject([{ key: { lineage_id: 'l' }, before, after: row }]),
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

const home = (here: string[], standing: (left: Left) => Standing = () => 'intact'): HomeEvidence => ({
  holds: (id) => here.includes(id),
  standing: (_id, left) => standing(left),
});
const saying = (...rows: [SidecarTable, Row][]): Sidecar => {
  const all = new Sidecar();
  for (const [table, row] of rows) all.put(table, row);
  return all;
};

describe('what a home bears out', () => {
  const held = (effects: ReturnType<typeof wrote>[], here: string[], known: Sidecar | null = null) =>
    reconcileSidecar(foldSidecar(effects), home(here), known, NOW).sidecar;

  test('a source whose head is gone has a tombstone', () =>
    expect(held([wrote('heads', null, head('a')), wrote('sync_points', null, point('a', 's'))], []).rows('tombstones')).toEqual([
      { source_thread_id: 's', thread_id: 'a', lineage_id: 'l', noticed_at: NOW.toISOString() },
    ]));

  test('none where another head of that source is here', () => {
    const effects = ['a', 'b'].flatMap((id) => [wrote('heads', null, head(id)), wrote('sync_points', null, point(id, 's'))]);
    expect(held(effects, ['b']).rows('tombstones')).toEqual([]);
  });

  test('one where the head that is here holds less of that source, as a session does beside its deleted branch', () => {
    const holding = (id: string, turns: number) => [
      wrote('heads', null, head(id)),
      wrote('sync_points', null, { ...point(id, 's'), incoming_transcript: JSON.stringify({ turns }) }),
    ];
    const effects = (turns: number) => [...holding('a', 3), ...holding('b', turns)];
    expect(held(effects(2), ['b']).rows('tombstones')).toMatchObject([{ source_thread_id: 's', thread_id: 'a' }]);
    expect(held(effects(3), ['b']).rows('tombstones')).toEqual([]);
  });

  test('none of a head that nobody knows', () =>
    expect(held([wrote('sync_points', null, point('a', 's'))], []).rows('tombstones')).toEqual([]));

  test('none where the sidecar that is here never had the head, and one where it had', () => {
    const effects = [wrote('heads', null, head('a')), wrote('sync_points', null, point('a', 's'))];
    expect(held(effects, [], new Sidecar()).rows('tombstones')).toEqual([]);
    expect(held(effects, [], saying(['heads', head('a')])).rows('tombstones')).toHaveLength(1);
  });

  test.each(['shrunk', 'changed'] as const)('the newest sync point that is not %s', (how) => {
    const [older, newer] = [point('a', 's'), { ...point('a', 's'), local_size: 20 }];
    const history = foldSidecar([wrote('sync_points', null, older, 't1'), wrote('sync_points', older, newer, 't2')]);
    const { sidecar, skipped } = reconcileSidecar(
      history,
      home(['a'], ({ local_size }) => (local_size > 9 ? how : 'intact')),
      null,
      NOW,
    );
    expect(sidecar.rows('sync_points')).toMatchObject([older]);
    const reason = how === 'shrunk' ? 'point_past_end' : 'point_changed';
    expect(skipped).toEqual([{ transaction_id: 't2', thread_id: 'a', reason }]);
  });

  test('a tombstone stays while its head is away, and keeps its time', () => {
    const tombstone = { source_thread_id: 's', thread_id: 'a', lineage_id: 'l', noticed_at: 'long ago' };
    const effects = [wrote('tombstones', null, tombstone)];
    expect(held(effects, []).rows('tombstones')).toEqual([tombstone]);
    expect(held(effects, ['a']).rows('tombstones')).toEqual([]);
  });
});

describe('a sidecar beside newer journals', () => {
  const [older, newer] = [point('a', 's'), { ...point('a', 's'), local_size: 20 }];
  const lineage = { lineage_id: 'l', root: 'r' };
  const history = foldSidecar([
    wrote('lineages', null, lineage, 't1'),
    wrote('heads', null, head('a'), 't1'),
    wrote('sync_points', null, older, 't1'),
    wrote('sync_points', older, newer, 't2'),
  ]);
  const behind = (here: string[], ...says: [SidecarTable, Row][]) => {
    const present = saying(...says);
    return rowsBehind(history, reconcileSidecar(history, home(here), present, NOW).sidecar, present).map(({ table }) => table);
  };
  const ofLineage: [SidecarTable, Row] = ['lineages', lineage];
  const ofHead: [SidecarTable, Row] = ['heads', head('a')];

  test('is behind by the rows that it lacks, and by those that say what was before', () => {
    expect(behind(['a'], ofLineage, ofHead, ['sync_points', newer])).toEqual([]);
    expect(behind(['a'], ofLineage, ofHead, ['sync_points', older])).toEqual(['sync_points']);
    expect(behind(['a'])).toEqual(['lineages', 'heads', 'sync_points']);
  });

  test('is not behind by what no journal wrote, nor by a lineage of which nothing is here', () => {
    expect(behind(['a'], ofLineage, ofHead, ['sync_points', { ...older, local_size: 99 }])).toEqual([]);
    expect(behind([])).toEqual([]);
  });

  test('has lost the heads that neither it nor the home knows', () => {
    const tombstone = { source_thread_id: 's', thread_id: 'a', lineage_id: 'l', noticed_at: 'then' };
    expect(lostHeads(history, home([]), new Sidecar())).toEqual(['a']);
    expect(lostHeads(history, home(['a']), new Sidecar())).toEqual([]);
    expect(lostHeads(history, home([]), saying(ofHead))).toEqual([]);
    expect(lostHeads(history, home([]), saying(['tombstones', tombstone]))).toEqual([]);
  });
});

test('a file is as a sync left it by its size, and by its time to two milliseconds', () => {
  const left = { local_size: 9, local_mtime: 1000 };
  const isLeft = (size: number, mtime: number) => isAsLeft({ size, mtime }, left);
  expect([isLeft(9, 1000), isLeft(9, 1002), isLeft(9, 998)]).toEqual([true, true, true]);
  expect([isLeft(9, 1003), isLeft(9, 997), isLeft(8, 1000)]).toEqual([false, false, false]);
});

describe('a sidecar', () => {
  const sidecar = saying(
    ['lineages', { lineage_id: 'l', root: 'r' }],
    ['lineages', { lineage_id: 'without', root: null }],
    ['sources', { source_thread_id: 's', lineage_id: 'l' }],
    ['heads', head('a')],
    ['heads', head('b')],
    ['heads', { ...head('a'), origin: 'branch' }],
    ['sync_points', { ...point('a', 's'), name: 'first' }],
    ['sync_points', { ...point('a', 't'), name: 'second' }],
    ['sync_points', point('b', 's')],
    ['path_rules', { lineage_id: 'l', from_path: '/from', to_path: '/to' }],
    ['tombstones', { source_thread_id: 's', thread_id: 'gone', lineage_id: 'l', noticed_at: 'then' }],
  );

  test('has one row for each key', () => {
    expect(sidecar.rows('heads')).toEqual([{ ...head('a'), origin: 'branch' }, head('b')]);
    expect(sidecar.headIds()).toEqual(['a', 'b']);
    expect(sidecar.counts()).toEqual({ lineages: 2, heads: 2, sync_points: 3, tombstones: 1 });
    expect(new Sidecar().rows('heads')).toEqual([]);
  });

  test('finds heads, sync points, rules and tombstones by what they are about', () => {
    expect([sidecar.originOf('a'), sidecar.originOf('nobody')]).toEqual(['branch', 'found']);
    expect(sidecar.headsOf('l')).toHaveLength(2);
    expect(sidecar.point('a', 't')).toMatchObject({ name: 'second' });
    expect(sidecar.point('b', 't')).toBeNull();
    expect([sidecar.pointsOfHead('a').length, sidecar.pointsOfSource('s').length]).toEqual([2, 2]);
    expect([sidecar.agreedName('a'), sidecar.agreedName('b'), sidecar.agreedName('nobody')]).toEqual(['first', null, null]);
    expect(sidecar.rulesOf('l')).toMatchObject([{ to_path: '/to' }]);
    expect([sidecar.tombstone('s')?.thread_id, sidecar.tombstone('t')]).toEqual(['gone', null]);
  });

  test.each([
    ['its source', 's', null, 'l'],
    ['its first history line', 'x', 'r', 'l'],
    ['its head', 'a', null, 'l'],
    ['a new line', 'x', 'f'.repeat(64), 'f'.repeat(32)],
    ['itself', 'x', null, 'x'],
  ])('names the lineage of a session by %s', (_what, threadId, root, lineage) =>
    expect(sidecar.lineageFor(threadId, root)).toBe(lineage),
  );

  test('a look-up knows what was put since the last one', () => {
    const growing = saying(['heads', head('a')]);
    expect(growing.headsOf('l')).toHaveLength(1);
    growing.put('heads', head('b'));
    expect(growing.headsOf('l')).toHaveLength(2);
  });

  test('columns that an older version did not have are NULL', () =>
    expect(saying(['sync_points', point('a', 's')]).point('a', 's')).toMatchObject({ archived: null, packed_at: null }));
});
