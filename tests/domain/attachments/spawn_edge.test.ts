import { describe, expect, test } from 'vitest';
import { asSpawnEdge, SPAWN_EDGES } from '../../../scripts/lib/domain/attachments/spawn_edge.ts';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';
import type { Row } from '../../../scripts/lib/domain/operation/operation.ts';
import { idFrom } from '../../fixtures/records_at_places.ts';

const [parent, child, local] = [idFrom('parent'), idFrom('child'), idFrom('local') as ThreadId];
const edge = { parent_thread_id: parent, child_thread_id: child, status: 'closed' };

describe('an edge', () => {
  test('is one between two threads', () => expect(asSpawnEdge({ ...edge, more: 1 })).toEqual(edge));

  test.each([
    ['no parent', { child_thread_id: child, status: 'open' }],
    ['a child that is no thread', { ...edge, child_thread_id: '../x' }],
    ['a thread that is its own child', { ...edge, parent_thread_id: child }],
  ])('is none with %s', (_what, row) => expect(asSpawnEdge(row)).toBeNull());

  test('with a status that nobody knows is open', () => expect(asSpawnEdge({ ...edge, status: 'x' })?.status).toBe('open'));
});

describe('the edge of a thread that arrives', () => {
  const columns = [{ name: 'child_thread_id', type: null, notNull: true, hasDefault: false }];
  const arriving = (packed: Row[], named: string | null, table = columns): Row[] =>
    SPAWN_EDGES.localize(packed, { threadId: local, parent: named, localIdOf: (id) => `local ${id}` }, table).rows;

  test('names both threads as they are called here', () =>
    expect(arriving([edge], null)).toEqual([{ parent_thread_id: `local ${parent}`, child_thread_id: local, status: 'closed' }]));

  test('is made where only its transcript names the parent', () =>
    expect(arriving([], parent)).toEqual([{ parent_thread_id: `local ${parent}`, child_thread_id: local, status: 'open' }]));

  test('is none for a thread of a person, or where there is no table', () =>
    expect([arriving([], null), arriving([edge], parent, [])]).toEqual([[], []]));
});
