// Rows that go with a session, each kind in a table of its own. The next kind is one more file that describes its table, and a line in
// attached_tables.ts: packing, reading, planning and the digest of a package follow from that, and a rollback takes any row back.

import type { ThreadId } from '../ids/thread_id.ts';
import type { DatabaseName, Row } from '../operation/operation.ts';
import type { Column } from '../thread/thread_row.ts';

/**
 * The thread as it lives locally. `parent`: the local thread that spawned it. `mayBelow`: the local id of a thread below which the package
 * puts it; null where it may not be there, since Codex deletes and archives a thread with the one above it.
 */
export type AttachedTo = { threadId: ThreadId; parent: string | null; mayBelow(packedParent: string): string | null };

export type LocalRows = { rows: Row[]; warnings: string[] };

export type AttachedTable = {
  /** In a package its rows are in `metadata/<table>.jsonl`. */
  table: string;
  /** The databases that can have it, that of the newest Codex first. */
  databases: readonly [DatabaseName, ...DatabaseName[]];
  /** Its key; the first column is the thread that a row belongs to. */
  key: readonly [string, ...string[]];
  /** Only a session that is new on this machine gets them; elsewhere a thread that has rows keeps those. */
  isForNewOnly: boolean;
  /** A row of a package, checked; null for what is none. */
  check(row: Row): Row | null;
  /** The rows as they are written locally. `columns` is empty where this Codex has no such table. */
  localize(packed: readonly Row[], to: AttachedTo, columns: Column[]): LocalRows;
};

export const NO_ROWS: LocalRows = { rows: [], warnings: [] };
