import { existsSync } from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';

export type Row = Record<string, string | number | null>;

/** The columns that the sibling knows; what a newer Codex added gets the database's default. */
const knownColumns = [
  'id',
  'rollout_path',
  'created_at',
  'updated_at',
  'source',
  'model_provider',
  'cwd',
  'title',
  'sandbox_policy',
  'approval_mode',
  'tokens_used',
  'has_user_event',
  'archived',
  'archived_at',
  'git_sha',
  'git_branch',
  'git_origin_url',
  'cli_version',
  'first_user_message',
  'agent_nickname',
  'agent_role',
  'memory_mode',
  'model',
  'reasoning_effort',
  'agent_path',
] as const;

const createThreads = `CREATE TABLE IF NOT EXISTS threads (
  id TEXT PRIMARY KEY, rollout_path TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  source TEXT NOT NULL, model_provider TEXT NOT NULL, cwd TEXT NOT NULL, title TEXT NOT NULL, sandbox_policy TEXT NOT NULL,
  approval_mode TEXT NOT NULL, tokens_used INTEGER NOT NULL DEFAULT 0, has_user_event INTEGER NOT NULL DEFAULT 0,
  archived INTEGER NOT NULL DEFAULT 0, archived_at INTEGER, git_sha TEXT, git_branch TEXT, git_origin_url TEXT,
  cli_version TEXT NOT NULL DEFAULT '', first_user_message TEXT NOT NULL DEFAULT '', agent_nickname TEXT, agent_role TEXT,
  memory_mode TEXT NOT NULL DEFAULT 'enabled', model TEXT, reasoning_effort TEXT, agent_path TEXT)`;
const createTools = `CREATE TABLE IF NOT EXISTS thread_dynamic_tools (
  thread_id TEXT NOT NULL, position INTEGER NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL,
  input_schema TEXT NOT NULL, defer_loading INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (thread_id, position))`;
const toolColumns = ['thread_id', 'position', 'name', 'description', 'input_schema', 'defer_loading'] as const;

const stateDatabase = (codexHome: string): string => path.join(codexHome, 'state_5.sqlite');

/** The whole `threads` and `thread_dynamic_tools` tables of a home, every column. */
export function readState(codexHome: string): { threads: Row[]; tools: Row[] } {
  if (!existsSync(stateDatabase(codexHome))) return { threads: [], tools: [] };
  const database = new Database(stateDatabase(codexHome), { readonly: true });
  try {
    const all = (table: string): Row[] => database.prepare(`SELECT * FROM ${table}`).all() as Row[];
    return { threads: all('threads'), tools: all('thread_dynamic_tools') };
  } finally {
    database.close();
  }
}

/** Puts rows in as the sibling does: without looking what the table has beyond the columns it knows. */
export function replaceRows(codexHome: string, threads: readonly Row[], tools: readonly Row[]): void {
  const database = new Database(stateDatabase(codexHome));
  const replace = (table: string, columns: readonly string[], row: Row): void => {
    const places = columns.map(() => '?').join(', ');
    database
      .prepare(`INSERT OR REPLACE INTO ${table} (${columns.join(', ')}) VALUES (${places})`)
      .run(columns.map((column) => row[column] ?? valueIfAbsent(column)));
  };
  try {
    database.exec(`${createThreads};${createTools}`);
    for (const row of threads) replace('threads', knownColumns, row);
    for (const row of tools) replace('thread_dynamic_tools', toolColumns, row);
  } finally {
    database.close();
  }
}

/** Some of these columns may be absent from an old row and must not be NULL. */
function valueIfAbsent(column: string): string | number | null {
  if (column === 'memory_mode') return 'enabled';
  if (['cli_version', 'first_user_message'].includes(column)) return '';
  return ['tokens_used', 'has_user_event', 'archived', 'defer_loading'].includes(column) ? 0 : null;
}
