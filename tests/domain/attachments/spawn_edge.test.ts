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
  const arriving = (packed: Row[], named: string | null, table = columns, followed: string | null = named): Row[] =>
    SPAWN_EDGES.localize(packed, { threadId: local, parent: named, mayBelow: () => followed }, table).rows;
  const below = (above: string, status: string): Row[] => [{ parent_thread_id: above, child_thread_id: local, status }];

  test('has the status that the package names', () => expect(arriving([edge], parent)).toEqual(below(parent, 'closed')));

  test('is made where only its transcript names the parent', () => expect(arriving([], parent)).toEqual(below(parent, 'open')));

  test('follows it to a thread that has resumed it since', () =>
    expect(arriving([edge], parent, columns, 'other')).toEqual(below('other', 'closed')));

  test('leads to its parent where it may not be below the one that the package names', () =>
    expect(arriving([edge], parent, columns, null)).toEqual(below(parent, 'open')));

  test('is none for a thread of a person, whatever the package says, or where there is no table', () =>
    expect([arriving([edge], null), arriving([], null), arriving([edge], parent, [])]).toEqual([[], [], []]));
});
