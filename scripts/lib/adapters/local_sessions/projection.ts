// Codex's projection of rollouts: its own cache, four tables of thread_history_1.sqlite (0.148+).

import { baseName, parseRolloutName } from '../../domain/ids/rollout_name.ts';
import { type CodexHome, databaseFile } from '../codex_home/codex_home.ts';
import { contentSize } from '../lines/rollout_bytes.ts';
import { columnsOf, selectRows } from '../sqlite/sqlite.ts';
import { readDatabase } from '../sqlite/sqlite_reading.ts';

export const PROJECTION_CURSORS = 'thread_history_projection_state';
export const PROJECTION_TABLES = ['thread_items', 'thread_realtime_items', 'thread_turns', PROJECTION_CURSORS];

/** Up to which byte of each rollout Codex has projected it, by the id that the projection names it by. */
export function readCursors(home: CodexHome): Map<string, number> {
  const rows = readDatabase(databaseFile(home, 'history'), (database) =>
    columnsOf(database, PROJECTION_CURSORS).length > 0 ? selectRows(database, PROJECTION_CURSORS) : [],
  );
  return new Map(rows?.map((row) => [String(row.thread_id), Number(row.next_rollout_byte_offset ?? 0)]));
}

/** A cursor past the end of the file hides every later turn. */
export function isProjectedPastEnd(cursors: Map<string, number>, file: string): boolean {
  const cursor = cursors.get(projectionIdOf(file));
  return cursor !== undefined && cursor > contentSize(file);
}

/** What the rows of the projection name a rollout by. */
export function projectionIdOf(file: string): string {
  const name = parseRolloutName(baseName(file));
  return name?.segmentId ?? name?.threadId ?? '';
}
