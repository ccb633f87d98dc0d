// What a Codex home holds before a run, read once: rows, rollouts, names, the sidecar.

import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { canonicalDigest } from '../../domain/compare/canonical_line.ts';
import { baseName, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { ByteRange } from '../../domain/json/byte_range.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { headOf, weigh } from '../../domain/rollout/rollout_line.ts';
import { isInherited, parseSessionMeta, type SessionMeta } from '../../domain/rollout/session_meta.ts';
import { Sidecar } from '../../domain/sidecar/sidecar_store.ts';
import type { Column } from '../../domain/thread/thread_row.ts';
import { isSamePlace } from '../disk/disk.ts';
import { linesOf } from '../lines/line_reader.ts';
import { contentSize, knownEnd } from '../lines/rollout_bytes.ts';
import { type Chain, type FindRollout, resolveChain } from '../rollout/rollout_chain.ts';
import { findRollouts, type RolloutFile } from '../rollout/rollout_files.ts';
import { fileOf, holdsNothing, longerElsewhere, threadOf } from '../rollout/thread_files.ts';
import { hasDatabase } from '../sqlite/database_logs.ts';
import { readSidecar } from '../sqlite/sidecar_database.ts';
import { columnsOf, selectRows } from '../sqlite/sqlite.ts';
import { readDatabase } from '../sqlite/sqlite_reading.ts';
import { type CodexHome, databaseFile } from './codex_home.ts';
import { PROJECTION_CURSORS } from './home_rows.ts';
import { indexFile, readIndex } from './session_index.ts';

/** A session of this machine; it has a rollout (`file`, which may be compressed), a row or both. `others`: further files of the same thread. */
export type LocalSession = {
  threadId: ThreadId;
  file: string | null;
  archived: boolean;
  row: Row | null;
  name: string | null;
  others: string[];
};

/** Columns of the two tables that a sync writes; null where Codex has made no database yet. */
export type StateSchema = { threads: Column[]; dynamicTools: Column[] } | null;

export type LocalHome = {
  sessions: Map<string, LocalSession>;
  /** Every rollout file by the id that a `history_base` names it by. */
  rollouts: Map<string, string>;
  schema: StateSchema;
  sidecar: Sidecar;
  sidecarExists: boolean;
};

export function readLocalHome(home: CodexHome): LocalHome {
  const sidecarFile = databaseFile(home, 'sidecar');
  const sidecar = readSidecar(sidecarFile) ?? new Sidecar();
  return { ...readLocalSessions(home, sidecar), sidecar, sidecarExists: hasDatabase(sidecarFile) };
}

/** What is here. The sidecar only spares a look at files that are known. */
export function readLocalSessions(home: CodexHome, sidecar = new Sidecar()): Omit<LocalHome, 'sidecar' | 'sidecarExists'> {
  const { rows, schema } = readState(home);
  const names = readIndex(indexFile(home.path));
  const sessions = new Map<string, LocalSession>();
  const found = findRollouts(home.path);
  const hasRow = new Set<string>(rows.map(({ id }) => String(id)));
  for (const rollout of found)
    addRollout(
      sessions,
      rollout,
      threadOf(rollout, (id) => hasRow.has(id) || sidecar.head(id) !== null),
      names,
    );
  for (const row of rows) addRow(home, sessions, row, names);
  return { sessions, rollouts: rolloutsById(found, sessions), schema };
}

/** Where several files have one id, the one that is its thread's. */
function rolloutsById(found: RolloutFile[], sessions: Map<string, LocalSession>): Map<string, string> {
  const byId = new Map<string, string>();
  for (const { rolloutId, threadId, file } of found)
    if (!byId.has(rolloutId) || sessions.get(threadId)?.file === file) byId.set(rolloutId, file);
  return byId;
}

function readState(home: CodexHome): { rows: Row[]; schema: StateSchema } {
  const found = readDatabase(databaseFile(home, 'state'), (database) => {
    const schema = { threads: columnsOf(database, 'threads'), dynamicTools: columnsOf(database, 'thread_dynamic_tools') };
    return schema.threads.length > 0 ? { rows: selectRows(database, 'threads'), schema } : null;
  });
  return found ?? { rows: [], schema: null };
}

/** The newest file of a thread is its active one (Codex, no row); a row may say otherwise. */
function addRollout(
  sessions: Map<string, LocalSession>,
  { file, archived }: RolloutFile,
  threadId: ThreadId,
  names: Map<string, string>,
): void {
  const known = sessions.get(threadId);
  if (!known) sessions.set(threadId, { threadId, file, archived, row: null, name: names.get(threadId) ?? null, others: [] });
  else if (holdsNothing(known.file as string)) Object.assign(known, { file, archived, others: [known.file, ...known.others] });
  else known.others.push(file);
}

function addRow(home: CodexHome, sessions: Map<string, LocalSession>, row: Row, names: Map<string, string>): void {
  const threadId = String(row.id) as ThreadId;
  const found = sessions.get(threadId);
  const files = found ? [found.file as string, ...found.others] : [];
  const file = fileOf(home.path, row, files);
  const archived = file === null ? row.archived === 1 : isBelow(path.join(home.path, 'archived_sessions'), file);
  const others = [...new Set([...files, ...(isOwnPlace(row, file) ? [] : longerElsewhere(row, file))])].filter(
    (other) => other !== file,
  );
  sessions.set(threadId, { threadId, file, archived, row, name: found?.name ?? names.get(threadId) ?? null, others });
}

const isOwnPlace = ({ rollout_path }: Row, file: string | null): boolean => rollout_path === file;

const isBelow = (folder: string, file: string): boolean => file.startsWith(folder + path.sep);

/** Earlier files of a session, which reverts left: what they have more was taken back. Any other file beside its own is a copy that nobody opens. */
export function supersededBy({ file, others }: LocalSession): string[] {
  return file !== null && parseRolloutName(baseName(file))?.segmentId ? others : [];
}

type Rollouts = Pick<LocalHome, 'rollouts'>;

/** A rollout of this home with all that it continues, by the ordinals where bytes have moved; only its own lines where that is broken. */
export const localRanges = (home: Rollouts, file: string): ByteRange[] =>
  resolveChain(file, findIn(home, true)).ranges ?? [{ file, from: 0, to: knownEnd(file) }];

/** As Codex goes through it, by byte offsets alone: one that does not fit keeps it from opening the session, or from showing all turns. */
export const localChain = (home: Rollouts, file: string): Chain => resolveChain(file, findIn(home, false));

const findIn =
  ({ rollouts }: Rollouts, trustsOrdinals: boolean): FindRollout =>
  (rolloutId) => {
    const file = rollouts.get(rolloutId);
    return file ? { file, isTrusted: () => trustsOrdinals } : null;
  };

/** A rollout with all that it continues; `fault`: why Codex cannot open it. */
export function localRollout(home: Rollouts, file: string): { ranges: ByteRange[]; fault: string | null } {
  const { ranges, fault } = localChain(home, file);
  return fault ? { ranges: localRanges(home, file), fault: fault.reason } : { ranges, fault: null };
}

/** The path that the row of a session should have: as it is spelled there, where that names the file. */
export function pathForRow({ row }: LocalSession, file: string): string {
  const [named, plain] = [row?.rollout_path, uncompressed(file)];
  return typeof named === 'string' && isSamePlace(named, plain) ? named : plain;
}

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

/** Digest of the first line of a transcript that only its conversation can have; null where there is none or it cannot be read. */
export function readRoot(ranges: readonly ByteRange[]): string | null {
  let meta: SessionMeta | null = null;
  try {
    for (const line of linesOf(ranges)) {
      if (line.offset >= ROOT_IS_WITHIN) break;
      if (line.bytes.length === 0) continue;
      const head = headOf(line);
      meta ??= parseSessionMeta(line.bytes, head);
      if (weigh(line.bytes, head, line.offset === 0) === 'history' && !isInherited(meta, head))
        return canonicalDigest(line.bytes);
    }
    return null;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return null;
  }
}

/** Instructions come before the first turn; they are tens of kilobytes. */
const ROOT_IS_WITHIN = 4 << 20;
