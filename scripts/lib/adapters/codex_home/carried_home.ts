// What a Codex home holds of a thread beside its rollout and its row: who spawned it, its goal, the images that were made in it.

import fs from 'node:fs';
import path from 'node:path';
import type { DatabaseName, Row } from '../../domain/operation/operation.ts';
import { IMAGES, isImageName } from '../../domain/thread/generated_image.ts';
import type { Column } from '../../domain/thread/thread_row.ts';
import { columnsOf, selectRows } from '../sqlite/sqlite.ts';
import { readDatabase } from '../sqlite/sqlite_reading.ts';
import { type CodexHome, databaseFile } from './codex_home.ts';

/** A table of one database, by the id of the thread that each row is of. `columns` is empty where this Codex has no such table. */
export type ThreadTable = { database: DatabaseName; columns: Column[]; rows: Map<string, Row> };

export const readSpawnEdges = (home: CodexHome): ThreadTable => readTable(home, 'state', 'thread_spawn_edges', 'child_thread_id');

/** Goals have a database of their own from 0.133 on; before, the state database had them. */
export function readGoals(home: CodexHome): ThreadTable {
  const own = readTable(home, 'goals', 'thread_goals', 'thread_id');
  return own.columns.length > 0 ? own : readTable(home, 'state', 'thread_goals', 'thread_id');
}

function readTable(home: CodexHome, database: DatabaseName, table: string, key: string): ThreadTable {
  const found = readDatabase(databaseFile(home, database), (open) => {
    const columns = columnsOf(open, table);
    const rows = columns.length > 0 ? selectRows(open, table) : [];
    return { columns, rows: new Map(rows.map((row) => [String(row[key]), row])) };
  });
  return { database, ...(found ?? { columns: [], rows: new Map() }) };
}

/** The images of a thread: regular files with plain names. */
export function findImages(home: string, threadId: string): { name: string; file: string }[] {
  const folder = path.join(home, IMAGES, threadId);
  if (!fs.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile() && isImageName(entry.name))
    .map(({ name }) => ({ name, file: path.join(folder, name) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
