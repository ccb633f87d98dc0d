import { describe, expect, test } from 'vitest';
import { DYNAMIC_TOOLS } from '../../../scripts/lib/domain/attachments/dynamic_tool.ts';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';
import type { Row } from '../../../scripts/lib/domain/operation/operation.ts';
import type { Column } from '../../../scripts/lib/domain/thread/thread_row.ts';

const column = (name: string, notNull = false, hasDefault = false): Column => ({ name, type: null, notNull, hasDefault });
const table = [
  column('thread_id', true),
  column('position', true),
  column('name', true),
  column('defer', true, true),
  column('note'),
];
const to = { threadId: 'local' as ThreadId, parent: null, mayBelow: () => null };

describe('the tools of a new session', () => {
  const tools = (packed: Row[], columns = table): Row[] => DYNAMIC_TOOLS.localize(packed, to, columns).rows;
  const tool = { thread_id: 'incoming', position: 0, name: 'a' };

  test('are of the local thread; what they do not say is null or the default', () =>
    expect(tools([tool])).toEqual([{ thread_id: 'local', position: 0, name: 'a', note: null }]));

  test('keep what they say', () => expect(tools([{ ...tool, defer: 1 }])[0]).toMatchObject({ defer: 1, name: 'a' }));

  test('are one at each position, the last', () =>
    expect(tools([tool, { ...tool, position: 1 }, { ...tool, name: 'b' }]).map(({ name }) => name)).toEqual(['b', 'a']));

  test('leave out one that lacks what must be there, and all where there is no table', () =>
    expect([tools([{ ...tool, name: null }]), tools([tool], [])]).toEqual([[], []]));
});
