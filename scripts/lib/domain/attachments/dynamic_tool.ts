// Tools that a client gave a thread when it began it: rows of `thread_dynamic_tools`.

import type { Row } from '../operation/operation.ts';
import { coerceRow } from '../thread/coerce_row.ts';
import type { Column } from '../thread/thread_row.ts';
import type { AttachedTable } from './attached_table.ts';

export const DYNAMIC_TOOLS: AttachedTable = {
  table: 'thread_dynamic_tools',
  databases: ['state'],
  key: ['thread_id', 'position'],
  isForNewOnly: true,
  check: (row) => row,
  localize: (packed, { threadId }, columns) => ({
    rows: wholeTools(packed, columns).map((tool) => ({ ...withColumns(tool, columns), thread_id: threadId })),
    warnings: [],
  }),
};

/** One at each position, and only those that the table takes. */
function wholeTools(packed: readonly Row[], columns: Column[]): Row[] {
  if (columns.length === 0) return [];
  const isWhole = (tool: Row): boolean =>
    columns.every(({ name, notNull, hasDefault }) => !notNull || hasDefault || (tool[name] ?? null) !== null);
  const whole = packed.map((tool) => coerceRow(tool, columns)).filter(isWhole);
  return [...new Map(whole.map((tool) => [tool.position, tool])).values()];
}

const withColumns = (tool: Row, columns: Column[]): Row =>
  Object.fromEntries(
    columns
      .filter(({ name, hasDefault }) => (tool[name] ?? null) !== null || !hasDefault)
      .map(({ name }) => [name, tool[name] ?? null]),
  );
