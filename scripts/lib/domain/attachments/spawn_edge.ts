// Who spawned a sub-agent: a row of `thread_spawn_edges` (0.117+). Codex lists, archives and deletes sub-agents by them, and makes none
// for a thread that has a row of `threads` already (0.145 to 0.169).

import { asThreadId } from '../ids/thread_id.ts';
import type { Row } from '../operation/operation.ts';
import { type AttachedTable, NO_ROWS } from './attached_table.ts';

/** Null for what is no edge between two threads; an unknown status is the one that Codex gives an edge that it makes anew. */
export function asSpawnEdge(row: Row): Row | null {
  const [parent, child] = [asThreadId(row.parent_thread_id), asThreadId(row.child_thread_id)];
  if (!parent || !child || parent === child) return null;
  return { parent_thread_id: parent, child_thread_id: child, status: row.status === 'closed' ? 'closed' : 'open' };
}

export const SPAWN_EDGES: AttachedTable = {
  table: 'thread_spawn_edges',
  databases: ['state'],
  key: ['child_thread_id'],
  isForNewOnly: false,
  check: asSpawnEdge,
  localize(packed, { threadId, parent, mayBelow }, columns) {
    if (parent === null || columns.length === 0) return NO_ROWS;
    const edge = packed.at(-1);
    const named = edge ? mayBelow(String(edge.parent_thread_id)) : null;
    const status = named === null ? 'open' : (edge?.status ?? 'open');
    return { rows: [{ parent_thread_id: named ?? parent, child_thread_id: threadId, status }], warnings: [] };
  },
};
