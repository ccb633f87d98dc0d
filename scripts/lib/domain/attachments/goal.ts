// A thread's goal: a row of `thread_goals` (goals_1.sqlite from 0.133, state_5.sqlite in 0.128 to 0.132).

import type { ThreadId } from '../ids/thread_id.ts';
import type { Cell, Row } from '../operation/operation.ts';
import { coerceRow } from '../thread/coerce_row.ts';
import type { Column } from '../thread/thread_row.ts';
import { type AttachedTable, NO_ROWS } from './attached_table.ts';

/** The table refuses any other (CHECK, 0.145 to 0.169). */
const STATUSES = new Set<Cell>(['active', 'paused', 'blocked', 'usage_limited', 'budget_limited', 'complete']);

/**
 * The row of a goal that arrives, with exactly the columns that this table has; null where it lacks one that must be there. A goal that
 * is not complete arrives paused: an active one makes Codex start turn after turn on a mere resume (0.145, 0.153.4, 0.160.1, 0.169).
 */
export function localGoal(packed: Row, id: ThreadId, columns: Column[]): Row | null {
  const goal = coerceRow(packed, columns);
  const row: Row = {};
  for (const { name, notNull, hasDefault } of columns) {
    const value = goal[name] ?? null;
    if (value !== null) row[name] = value;
    else if (notNull && !hasDefault && name !== 'thread_id') return null;
  }
  if (!isGoal(goal)) return null;
  return { ...row, thread_id: id, status: goal.status === 'complete' ? 'complete' : 'paused' };
}

const isGoal = ({ objective, goal_id, status }: Row): boolean =>
  typeof objective === 'string' && objective !== '' && typeof goal_id === 'string' && STATUSES.has(status ?? null);

export const GOALS: AttachedTable = {
  table: 'thread_goals',
  databases: ['goals', 'state'],
  key: ['thread_id'],
  isForNewOnly: false,
  check: (row) => row,
  localize(packed, { threadId }, columns) {
    const goal = packed.at(-1);
    if (!goal) return NO_ROWS;
    const row = columns.length > 0 ? localGoal(goal, threadId, columns) : null;
    if (!row) return { rows: [], warnings: ['its goal stays in the package: this Codex has no table for goals'] };
    const isPaused = goal.status === 'active';
    return {
      rows: [row],
      warnings: isPaused ? ['its goal arrives paused, because an active one would start turns on its own'] : [],
    };
  },
};
