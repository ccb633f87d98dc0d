import { describe, expect, test } from 'vitest';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';
import type { Operation } from '../../../scripts/lib/domain/operation/operation.ts';
import type { IncomingSession } from '../../../scripts/lib/domain/plan/incoming_session.ts';
import type { Change } from '../../../scripts/lib/domain/plan/plan.ts';
import { rowChanges } from '../../../scripts/lib/domain/plan/session_changes.ts';
import type { Column, RowFacts } from '../../../scripts/lib/domain/thread/thread_row.ts';

const column = (name: string, notNull = false, hasDefault = false): Column => ({ name, type: null, notNull, hasDefault });
const columns = [column('id'), column('title')];
const facts = { id: 'here' as ThreadId, rolloutPath: '/r.jsonl', historyMode: 'legacy', archived: false } as RowFacts;
const transcript = {
  meta: { historyMode: 'legacy', historyBase: null, timestamp: 't' },
  lastTimestamp: null,
  firstUserMessage: 'hi',
};
const session = (): IncomingSession =>
  ({ threadId: 'there', row: {}, name: null, mtime: 0, transcript }) as unknown as IncomingSession;
const operations = (changes: Change[]): Operation[] =>
  changes.flatMap((change) => (change.kind === 'operation' ? [change.operation] : []));

describe('a session that is here', () => {
  const merge = { advances: false, takesName: false, archived: false };
  test('and has no row gets one', () => {
    const { changes, repaired } = rowChanges(session(), { row: null, facts, base: null }, columns, merge);
    expect(operations(changes)).toMatchObject([{ table: 'threads', key: { id: 'here' }, before: null, after: { id: 'here' } }]);
    expect(repaired).toEqual(['the whole row was missing']);
  });

  test('gets none where there is no database', () =>
    expect(rowChanges(session(), { row: null, facts, base: null }, null, merge)).toEqual({ changes: [], repaired: [] }));
});
