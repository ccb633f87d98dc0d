import { expect, test } from 'vitest';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';
import type { RowOperation } from '../../../scripts/lib/domain/operation/operation.ts';
import { recordSync, type SyncRecord } from '../../../scripts/lib/domain/plan/sidecar_changes.ts';
import { emptyKnowledge, type Head, type SidecarKnowledge } from '../../../scripts/lib/domain/sidecar/sidecar.ts';

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

const recorded = (what: SyncRecord, known: Partial<SidecarKnowledge> = {}): RowOperation[] =>
  recordSync(source, what, { ...emptyKnowledge(), ...known }).flatMap((change) =>
    change.kind === 'operation' && change.operation.kind === 'row' ? [change.operation] : [],
  );
const tables = (operations: RowOperation[]): string[] => operations.map(({ table }) => table);

test('the first sync of a session says all of it', () =>
  expect(tables(recorded(record()))).toEqual(['lineages', 'sources', 'heads']));

test('what is known is not said again', () =>
  expect(
    recorded(record(), {
      lineages: new Map([['l', { lineage_id: 'l', root: 'root' }]]),
      lineageBySource: new Map([['incoming', 'l']]),
      heads: new Map([[local, record().head]]),
    }),
  ).toEqual([]));

test('a sync point says what both sides agreed on, and takes the place of the one before', () => {
  const before = { thread_id: local, source_thread_id: 'incoming' } as never;
  const known = { ...emptyKnowledge(), pointsOfHead: new Map([[local as string, [before]]]) };
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
  const heads = new Map([[parted as string, { ...branch, thread_id: parted }]]);
  expect(tables(recorded(record({ head: branch }), { heads }))).toEqual(['lineages', 'sources', 'heads']);
});

test('a path rule takes the place of the one from the same folder', () => {
  const rulesOfLineage = new Map([['l', ['/a', '/b'].map((from_path) => ({ lineage_id: 'l', from_path, to_path: '/old' }))]]);
  expect(recorded(record({ pathRules: [{ from: '/b', to: '/new' }] }), { rulesOfLineage }).at(-1)).toMatchObject({
    table: 'path_rules',
    key: { lineage_id: 'l', from_path: '/b' },
    before: { from_path: '/b', to_path: '/old' },
    after: { from_path: '/b', to_path: '/new' },
  });
});
