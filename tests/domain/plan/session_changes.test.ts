import { describe, expect, test } from 'vitest';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';
import type { Operation, Row } from '../../../scripts/lib/domain/operation/operation.ts';
import type { IncomingSession } from '../../../scripts/lib/domain/plan/incoming_session.ts';
import type { Change } from '../../../scripts/lib/domain/plan/plan.ts';
import { createChanges, rowChanges, type Schema } from '../../../scripts/lib/domain/plan/session_changes.ts';
import type { Column, RowFacts } from '../../../scripts/lib/domain/thread/thread_row.ts';
import { ownIds, rulesFrom } from '../../fixtures/path_rules.ts';

const column = (name: string, notNull = false, hasDefault = false): Column => ({ name, type: null, notNull, hasDefault });
const schema: NonNullable<Schema> = {
  threads: [column('id'), column('title')],
  dynamicTools: [
    column('thread_id', true),
    column('position', true),
    column('name', true),
    column('defer', true, true),
    column('note'),
  ],
};
const facts = { id: 'here' as ThreadId, rolloutPath: '/r.jsonl', historyMode: 'legacy', archived: false } as RowFacts;
const transcript = {
  meta: { historyMode: 'legacy', historyBase: null, timestamp: 't' },
  lastTimestamp: null,
  firstUserMessage: 'hi',
};
const session = (dynamicTools: Row[] = []): IncomingSession =>
  ({ threadId: 'there', row: {}, name: null, mtime: 0, dynamicTools, transcript }) as unknown as IncomingSession;
const operations = (changes: Change[]): Operation[] =>
  changes.flatMap((change) => (change.kind === 'operation' ? [change.operation] : []));

describe('the tools of a new session', () => {
  const context = { staleRow: null, staleProjection: [], indexPath: '/i', indexLine: null, added: null };
  const tools = (given: Row[], of: NonNullable<Schema> = schema) =>
    operations(createChanges(session(given), facts, { rules: rulesFrom(), ...ownIds }, { ...context, schema: of })).flatMap(
      (operation) => (operation.kind === 'row' && operation.table === 'thread_dynamic_tools' ? [operation] : []),
    );
  const tool = { thread_id: 'there', position: 0, name: 'a' };

  test('are of the thread here; what they do not say is null or the default', () =>
    expect(tools([tool])).toMatchObject([
      { key: { thread_id: 'here', position: 0 }, before: null, after: { thread_id: 'here', position: 0, name: 'a', note: null } },
    ]));

  test('keep what they say', () => expect(tools([{ ...tool, defer: 1 }])[0]?.after).toMatchObject({ defer: 1, name: 'a' }));

  test('are one at each position, the last', () =>
    expect(tools([tool, { ...tool, position: 1 }, { ...tool, name: 'b' }]).map(({ after }) => after?.name)).toEqual(['b', 'a']));

  test.each([
    ['lacks what must be there', [{ ...tool, name: null }], schema],
    ['has no table here', [tool], { ...schema, dynamicTools: [] }],
  ])('leave out one that %s', (_what, given, of) => expect(tools(given, of)).toEqual([]));
});

describe('a session that is here', () => {
  const merge = { advances: false, takesName: false, archived: false };
  test('and has no row gets one', () => {
    const { changes, mended } = rowChanges(session(), { row: null, facts, base: null }, schema, merge);
    expect(operations(changes)).toMatchObject([{ table: 'threads', key: { id: 'here' }, before: null, after: { id: 'here' } }]);
    expect(mended).toEqual(['the whole row was missing']);
  });

  test('gets none where there is no database', () =>
    expect(rowChanges(session(), { row: null, facts, base: null }, null, merge)).toEqual({ changes: [], mended: [] }));
});
