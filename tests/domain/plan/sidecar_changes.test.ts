import { expect, test } from 'vitest';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';
import type { Row, RowOperation } from '../../../scripts/lib/domain/operation/operation.ts';
import { recordSync, type SyncRecord } from '../../../scripts/lib/domain/plan/sidecar_changes.ts';
import type { Head, SidecarTable } from '../../../scripts/lib/domain/sidecar/sidecar.ts';
import { Sidecar } from '../../../scripts/lib/domain/sidecar/sidecar_store.ts';

const local = 'local' as ThreadId;
const parted = 'parted' as ThreadId;
const source = { threadId: 'incoming', digest: 'd', size: 1, transcript: { root: 'root' } } as never;
const agreed = { name: null, title: null, archived: 0, packed_at: null };
const record = (change: Partial<SyncRecord> = {}): SyncRecord => ({
  head: { thread_id: local, lineage_id: 'l', origin: 'synced', branched_from: null },
  rolloutPath: '/r.jsonl',
  agreed,
  pathRules: [],
  ...change,
});
const branch: Head = { thread_id: local, lineage_id: 'l', origin: 'branch', branched_from: parted };

const knowing = (...rows: [SidecarTable, Row][]): Sidecar => {
  const sidecar = new Sidecar();
  for (const [table, row] of rows) sidecar.put(table, row);
  return sidecar;
};
const recorded = (what: SyncRecord, ...known: [SidecarTable, Row][]): RowOperation[] =>
  recordSync(source, what, knowing(...known)).flatMap((change) =>
    change.kind === 'operation' && change.operation.kind === 'row' ? [change.operation] : [],
  );
const tables = (operations: RowOperation[]): string[] => operations.map(({ table }) => table);

test('the first sync of a session says all of it', () =>
  expect(tables(recorded(record()))).toEqual(['lineages', 'sources', 'heads']));

test('what is known is not said again', () =>
  expect(
    recorded(
      record(),
      ['lineages', { lineage_id: 'l', root: 'root' }],
      ['sources', { source_thread_id: 'incoming', lineage_id: 'l' }],
      ['heads', record().head],
    ),
  ).toEqual([]));

test('a sync point says what both sides agreed on, and takes the place of the one before', () => {
  const before = { thread_id: local, source_thread_id: 'incoming' };
  const known = knowing(['sync_points', before]);
  expect(recordSync(source, record({ agreed: { ...agreed, name: 'x' } }), known).at(-1)).toMatchObject({
    kind: 'sync_point',
    path: '/r.jsonl',
    before,
    point: { thread_id: local, source_thread_id: 'incoming', incoming_digest: 'd', incoming_size: 1, name: 'x' },
  });
});

test('the session that a branch parted from becomes a head of the lineage, unless it is one', () => {
  expect(recorded(record({ head: branch })).at(-1)).toMatchObject({
    table: 'heads',
    before: null,
    after: { thread_id: parted, lineage_id: 'l', origin: 'found', branched_from: null },
  });
  const known = { ...branch, thread_id: parted };
  expect(tables(recorded(record({ head: branch }), ['heads', known]))).toEqual(['lineages', 'sources', 'heads']);
});

test('a path rule takes the place of the one from the same folder', () => {
  const rule = (from_path: string): [SidecarTable, Row] => ['path_rules', { lineage_id: 'l', from_path, to_path: '/old' }];
  expect(recorded(record({ pathRules: [{ from: '/b', to: '/new' }] }), rule('/a'), rule('/b')).at(-1)).toMatchObject({
    table: 'path_rules',
    key: { lineage_id: 'l', from_path: '/b' },
    before: { from_path: '/b', to_path: '/old' },
    after: { from_path: '/b', to_path: '/new' },
  });
});
