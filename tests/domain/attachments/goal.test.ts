import { describe, expect, test } from 'vitest';
import { localGoal } from '../../../scripts/lib/domain/attachments/goal.ts';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';
import { idFrom } from '../../fixtures/records_at_places.ts';

const here = idFrom('here') as ThreadId;
const column = (name: string, notNull = false, hasDefault = false) => ({ name, type: null, notNull, hasDefault });
/** The table of Codex 0.145 to 0.169. */
const columns = [
  column('thread_id', true),
  column('goal_id', true),
  column('objective', true),
  column('status', true),
  column('token_budget'),
  column('tokens_used', true, true),
  column('created_at_ms', true),
];
const goal = {
  thread_id: idFrom('there'),
  goal_id: 'g1',
  objective: 'Ship it',
  status: 'active',
  token_budget: 5000,
  created_at_ms: 7,
};

describe('a goal arrives', () => {
  test('under the id of the thread here, with what this table has', () =>
    expect(localGoal({ ...goal, brand_new: 1 }, here, columns)).toEqual({ ...goal, thread_id: here, status: 'paused' }));

  test.each(['active', 'paused', 'blocked', 'usage_limited', 'budget_limited'])('paused where it was %s', (status) =>
    expect(localGoal({ ...goal, status }, here, columns)?.status).toBe('paused'),
  );

  test('complete where it was complete', () =>
    expect(localGoal({ ...goal, status: 'complete' }, here, columns)?.status).toBe('complete'));
});

describe('a goal is left out with', () => {
  test.each([
    ['no objective', { objective: '' }],
    ['a status that the table refuses', { status: 'running' }],
    ['a goal id that is none', { goal_id: 5 }],
    ['a column missing that must be there', { created_at_ms: null }],
  ])('%s', (_what, change) => expect(localGoal({ ...goal, ...change }, here, columns)).toBeNull());
});
