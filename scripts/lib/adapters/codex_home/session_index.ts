// session_index.jsonl: {"id","thread_name","updated_at"} a line, the last line of an id wins (Codex, all versions).

import path from 'node:path';
import { parseObject } from '../../domain/json/json_value.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { readLocalText } from '../open_files/distrusted_path.ts';
import { exists } from '../paths/entries.ts';

export const indexFile = (home: string): string => path.join(home, 'session_index.jsonl');

/** Thread id -> its name; lines that cannot be read are passed over, as Codex does. */
export function readIndex(file: string): Map<string, string> {
  const names = new Map<string, string>();
  if (!exists(file)) return names;
  for (const line of readLocalText(file).split('\n')) {
    const entry = parseEntry(line);
    if (entry) names.set(entry.id, entry.thread_name);
  }
  return names;
}

/** A name goes to the index as well: it is the only place where Codex 0.117 looks. `updatedAt`: ISO 8601. */
export function nameInIndex(home: string, id: string, name: string, updatedAt: string): Change {
  const line = JSON.stringify({ id, thread_name: name, updated_at: updatedAt });
  return { kind: 'operation', operation: { kind: 'index_entry', path: indexFile(home), line, action: 'add' } };
}

function parseEntry(line: string): { id: string; thread_name: string } | null {
  const { id, thread_name } = parseObject(line) ?? {};
  return typeof id === 'string' && typeof thread_name === 'string' ? { id, thread_name } : null;
}
