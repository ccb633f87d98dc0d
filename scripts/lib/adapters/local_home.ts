// What a Codex home holds before a run, read once: rows, rollouts, names, the sidecar.

import fs from 'node:fs';
import path from 'node:path';
import { canonicalDigest } from '../domain/canonical_line.ts';
import type { Row } from '../domain/operation.ts';
import type { Part } from '../domain/part.ts';
import { headOf, weigh } from '../domain/rollout_line.ts';
import { baseName, parseRolloutName, uncompressed } from '../domain/rollout_name.ts';
import { isInherited, parseSessionMeta, type SessionMeta } from '../domain/session_meta.ts';
import type { SidecarKnowledge } from '../domain/sidecar.ts';
import type { ThreadId } from '../domain/thread_id.ts';
import type { Column } from '../domain/thread_row.ts';
import { type CodexHome, databaseFile } from './codex_home.ts';
import { hasDatabase } from './database_logs.ts';
import { isSamePlace } from './disk.ts';
import { PROJECTION_CURSORS } from './home_rows.ts';
import { LineReader } from './line_reader.ts';
import { contentSize, formOnDisk, knownEnd } from './rollout_bytes.ts';
import { resolveChain } from './rollout_chain.ts';
import { findRollouts, type RolloutFile } from './rollout_files.ts';
import { indexFile, readIndex } from './session_index.ts';
import { readSidecar } from './sidecar_database.ts';
import { columnsOf, selectRows } from './sqlite.ts';
import { openForReading } from './sqlite_reading.ts';

/** A session of this machine; it has a rollout (`file`, which may be compressed), a row or both. `superseded`: earlier files of the same thread, which reverts left. */
export type LocalSession = {
  threadId: ThreadId;
  file: string | null;
  archived: boolean;
  row: Row | null;
  name: string | null;
  superseded: string[];
};

/** Columns of the two tables that a sync writes; null where Codex has made no database yet. */
export type StateSchema = { threads: Column[]; dynamicTools: Column[] } | null;

export type LocalHome = {
  sessions: Map<string, LocalSession>;
  /** Every rollout file by the id that a `history_base` names it by. */
  rollouts: Map<string, string>;
  schema: StateSchema;
  sidecar: SidecarKnowledge;
  sidecarExists: boolean;
};

export function readLocalHome(home: CodexHome): LocalHome {
  const sidecarFile = databaseFile(home, 'sidecar');
  return { ...readLocalSessions(home), sidecar: readSidecar(sidecarFile), sidecarExists: hasDatabase(sidecarFile) };
}

/** What is here, whatever the sidecar says. */
export function readLocalSessions(home: CodexHome): Omit<LocalHome, 'sidecar' | 'sidecarExists'> {
  const { rows, schema } = readState(home);
  const names = readIndex(indexFile(home.path));
  const sessions = new Map<string, LocalSession>();
  const found = findRollouts(home.path);
  for (const rollout of found) addRollout(sessions, rollout, names);
  for (const row of rows) addRow(home, sessions, row, names);
  return { sessions, rollouts: new Map(found.map(({ rolloutId, file }) => [rolloutId, file])), schema };
}

function readState(home: CodexHome): { rows: Row[]; schema: StateSchema } {
  const database = openForReading(databaseFile(home, 'state'));
  if (!database) return { rows: [], schema: null };
  try {
    const threads = columnsOf(database, 'threads');
    if (threads.length === 0) return { rows: [], schema: null };
    return {
      rows: selectRows(database, 'threads'),
      schema: { threads, dynamicTools: columnsOf(database, 'thread_dynamic_tools') },
    };
  } finally {
    database.close();
  }
}

/** The newest file of a thread is its active one (Codex, no row); a row may say otherwise. */
function addRollout(sessions: Map<string, LocalSession>, rollout: RolloutFile, names: Map<string, string>): void {
  const known = sessions.get(rollout.threadId);
  if (known) known.superseded.push(rollout.file);
  else
    sessions.set(rollout.threadId, {
      threadId: rollout.threadId,
      file: rollout.file,
      archived: rollout.archived,
      row: null,
      name: names.get(rollout.threadId) ?? null,
      superseded: [],
    });
}

/** A row's path counts where its file is in this home; a copied home's rows still name the files of the other one. */
function addRow(home: CodexHome, sessions: Map<string, LocalSession>, row: Row, names: Map<string, string>): void {
  const threadId = String(row.id) as ThreadId;
  const found = sessions.get(threadId);
  const session = found ?? {
    threadId,
    file: null,
    archived: row.archived === 1,
    row: null,
    name: names.get(threadId) ?? null,
    superseded: [],
  };
  const named = typeof row.rollout_path === 'string' ? existing(row.rollout_path) : null;
  const isHere = named?.startsWith(home.path + path.sep) ?? false;
  const file = isHere ? named : (session.file ?? named);
  const others = [session.file, ...session.superseded].filter((other): other is string => other !== null && other !== file);
  sessions.set(threadId, { ...session, row, file, superseded: others });
}

/** Codex may have compressed a rollout since the row was written, or have taken it out again; the row of an unarchived one names the compressed form. */
function existing(named: string): string | null {
  const file = formOnDisk(uncompressed(named));
  return fs.existsSync(file) ? file : null;
}

/** A rollout of this home with all that it continues; only its own lines where that is broken, as Codex refuses it then anyway. */
export function localParts({ rollouts }: Pick<LocalHome, 'rollouts'>, file: string): Part[] {
  const find = (rolloutId: string) => {
    const base = rollouts.get(rolloutId);
    return base ? { file: base, isTrusted: () => true } : null;
  };
  return resolveChain(file, find).parts ?? [{ file, from: 0, to: knownEnd(file) }];
}

/** The path that the row of a session should have: as it is spelled there, where that names the file. */
export function pathForRow({ row }: LocalSession, file: string): string {
  const [named, plain] = [row?.rollout_path, uncompressed(file)];
  return typeof named === 'string' && isSamePlace(named, plain) ? named : plain;
}

/** Up to which byte of each rollout Codex has projected it, by the id that the projection names it by. */
export function readCursors(home: CodexHome): Map<string, number> {
  const database = openForReading(databaseFile(home, 'history'));
  if (!database) return new Map();
  try {
    const rows = columnsOf(database, PROJECTION_CURSORS).length > 0 ? selectRows(database, PROJECTION_CURSORS) : [];
    return new Map(rows.map((row) => [String(row.thread_id), Number(row.next_rollout_byte_offset ?? 0)]));
  } finally {
    database.close();
  }
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

/** Digest of the first line of a transcript that only its conversation can have; null where there is none or it cannot be read. */
export function readRoot(parts: readonly Part[]): string | null {
  const reader = new LineReader(parts);
  let meta: SessionMeta | null = null;
  try {
    for (let line = reader.next(); line && line.offset < ROOT_IS_WITHIN; line = reader.next()) {
      if (line.bytes.length === 0) continue;
      const head = headOf(line);
      meta ??= parseSessionMeta(line.bytes, head);
      if (weigh(line.bytes, head, line.offset === 0) === 'history' && !isInherited(meta, head))
        return canonicalDigest(line.bytes);
    }
    return null;
  } catch {
    return null;
  } finally {
    reader.close();
  }
}

/** Instructions come before the first turn; they are tens of kilobytes. */
const ROOT_IS_WITHIN = 4 << 20;
