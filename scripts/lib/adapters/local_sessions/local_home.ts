// What a Codex home holds before a run, read once: rows, rollouts, names, the sidecar.

import path from 'node:path';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { Sidecar } from '../../domain/sidecar/sidecar_store.ts';
import type { Column } from '../../domain/thread/thread_row.ts';
import { type CodexHome, databaseFile } from '../codex_home/codex_home.ts';
import { indexFile, readIndex } from '../codex_home/session_index.ts';
import { isBelowFolder } from '../paths/local_paths.ts';
import { findRollouts, type RolloutFile } from '../rollout/rollout_files.ts';
import { fileOf, holdsNothing, longerElsewhere, threadOf } from '../rollout/thread_files.ts';
import { trace } from '../run/trace.ts';
import { hasDatabase } from '../sqlite/database_logs.ts';
import { readSidecar } from '../sqlite/sidecar_database.ts';
import { columnsOf, selectRows } from '../sqlite/sqlite.ts';
import { readDatabase } from '../sqlite/sqlite_reading.ts';
import { filesOf, type LocalSession, type PresentSession } from './local_session.ts';

export type LocalHome = {
  sessions: Map<string, LocalSession>;
  /** Every rollout file by the id that a `history_base` names it by. */
  rollouts: Map<string, string>;
  /** Null where Codex has made no database yet. */
  threadColumns: Column[] | null;
  sidecar: Sidecar;
  sidecarExists: boolean;
};

export function readLocalHome(home: CodexHome): LocalHome {
  const sidecarFile = databaseFile(home, 'sidecar');
  const sidecar = readSidecar(sidecarFile) ?? new Sidecar();
  const local = { ...readLocalSessions(home, sidecar), sidecar, sidecarExists: hasDatabase(sidecarFile) };
  trace(
    'local',
    () =>
      `${local.sessions.size} session(s), sidecar ${local.sidecarExists ? `knows ${sidecar.headIds().length}` : 'is missing'}`,
  );
  return local;
}

/** All local sessions. The sidecar only spares a look at files that are known. */
export function readLocalSessions(home: CodexHome, sidecar = new Sidecar()): Omit<LocalHome, 'sidecar' | 'sidecarExists'> {
  const { rows, threadColumns } = readState(home);
  const names = readIndex(indexFile(home.path));
  const rollouts = findRollouts(home.path);
  const hasRow = new Set<string>(rows.map(({ id }) => String(id)));
  const isKnown = (id: string): boolean => hasRow.has(id) || sidecar.head(id) !== null;
  const found = new Map<string, PresentSession>();
  for (const rollout of rollouts) addRollout(found, rollout, threadOf(rollout, isKnown), names);
  const sessions = new Map<string, LocalSession>(found);
  for (const row of rows) sessions.set(String(row.id), withRow(home, row, found.get(String(row.id)), names));
  return { sessions, rollouts: rolloutsById(rollouts, sessions), threadColumns };
}

/** Whether an id that no session has is that of a file of some session. */
export const isPartOfAnother = (id: string, { sessions, rollouts }: Pick<LocalHome, 'sessions' | 'rollouts'>): boolean =>
  rollouts.has(id) && !sessions.has(id);

/** Where several files have one id, the one that is its thread's. */
function rolloutsById(found: RolloutFile[], sessions: Map<string, LocalSession>): Map<string, string> {
  const byId = new Map<string, string>();
  for (const { rolloutId, threadId, file } of found)
    if (!byId.has(rolloutId) || sessions.get(threadId)?.file === file) byId.set(rolloutId, file);
  return byId;
}

function readState(home: CodexHome): { rows: Row[]; threadColumns: Column[] | null } {
  const found = readDatabase(databaseFile(home, 'state'), (database) => {
    const threadColumns = columnsOf(database, 'threads');
    return threadColumns.length > 0 ? { rows: selectRows(database, 'threads'), threadColumns } : null;
  });
  return found ?? { rows: [], threadColumns: null };
}

/** The newest file of a thread is its active one (Codex, no row); a row may say otherwise. */
function addRollout(
  found: Map<string, PresentSession>,
  { file, archived }: RolloutFile,
  threadId: ThreadId,
  names: Map<string, string>,
): void {
  const known = found.get(threadId);
  if (!known) found.set(threadId, { threadId, file, archived, row: null, name: names.get(threadId) ?? null, others: [] });
  else if (holdsNothing(known.file)) Object.assign(known, { file, archived, others: filesOf(known) });
  else known.others.push(file);
}

function withRow(home: CodexHome, row: Row, found: PresentSession | undefined, names: Map<string, string>): LocalSession {
  const threadId = String(row.id) as ThreadId;
  const files = filesOf(found);
  const file = fileOf(home.path, row, files);
  const name = found?.name ?? names.get(threadId) ?? null;
  if (file === null) return { threadId, file, archived: row.archived === 1, row, name, others: [] };
  const archived = isBelowFolder(path.join(home.path, 'archived_sessions'), file);
  const longer = row.rollout_path === file ? [] : longerElsewhere(row, file);
  const others = [...new Set([...files, ...longer])].filter((other) => other !== file);
  return { threadId, file, archived, row, name, others };
}
