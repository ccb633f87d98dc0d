// One local session that no lineage knows yet: what the sidecar learns of it, and what of its row is wrong for today's Codex.

import path from 'node:path';
import type { HomeRows } from '../../adapters/codex_home/home_rows.ts';
import type { LocalHome } from '../../adapters/codex_home/local_home.ts';
import { localRanges } from '../../adapters/codex_home/local_rollout.ts';
import { type PresentSession, pathForRow } from '../../adapters/codex_home/local_session.ts';
import { isProjectedPastEnd, PROJECTION_CURSORS, projectionIdOf } from '../../adapters/codex_home/projection.ts';
import { indexFile, indexLine } from '../../adapters/codex_home/session_index.ts';
import { readRolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { readContent as readContentOf } from '../../adapters/rollout/transcript_cache.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { type Finding, type FindingCode, finding } from '../../domain/codes/finding.ts';
import type { Transcript } from '../../domain/compare/transcript.ts';
import { uncompressed } from '../../domain/ids/rollout_name.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { appendTo } from '../../domain/plan/append_rollout.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { rowChange } from '../../domain/plan/session_changes.ts';
import { recordSync, type SyncRecord } from '../../domain/plan/sidecar_changes.ts';
import type { SessionMeta } from '../../domain/rollout/session_meta.ts';
import { missingName, nameOf } from '../../domain/thread/thread_name.ts';
import { type MendedColumn, mendRow, newRow } from '../../domain/thread/thread_row.ts';

export type LocalContent = { transcript: Transcript & { meta: SessionMeta }; digest: string; size: number };

/** What a package of this very session would hold; a session that nobody should import is refused with the reason. */
export function readContent(local: LocalHome, { file, threadId }: PresentSession): LocalContent {
  const { transcript, digest } = readContentOf(localRanges(local, file), []);
  const { fault, meta } = transcript;
  if (fault || !meta) throw new SyncError('malformed_rollout', fault?.reason ?? 'it has no first line', { where: file });
  if (meta.id !== threadId) throw new SyncError('malformed_rollout', `its first line belongs to ${meta.id}`, { where: file });
  return { transcript: { ...transcript, meta }, digest, size: transcript.bytes };
}

/** Lineage, head and sync point. The sync point says that the session's own bytes, as they are here, were agreed on. */
export function adoptionChanges(
  { sidecar }: LocalHome,
  session: PresentSession,
  content: LocalContent,
): { lineageId: string; changes: Change[] } {
  const { threadId, row } = session;
  const name = nameOf(row ?? {}, session.name);
  const lineageId = sidecar.lineageFor(threadId, content.transcript.root);
  const title = name ?? (typeof row?.title === 'string' ? row.title : null);
  const record: SyncRecord = {
    head: { thread_id: threadId, lineage_id: lineageId, origin: 'found', branched_from: null },
    rolloutPath: uncompressed(session.file),
    agreed: { name, title, archived: isArchived(session) ? 1 : 0, packed_at: null },
    pathRules: [],
  };
  return { lineageId, changes: recordSync({ threadId, ...content }, record, sidecar) };
}

const isArchived = ({ archived, row }: PresentSession): boolean => archived || Number(row?.archived ?? 0) === 1;

export type Repair = { findings: Finding[]; changes: Change[] };

export function rowRepair({ schema, sidecar }: LocalHome, session: PresentSession, { transcript }: LocalContent): Repair {
  if (!schema) return { findings: [], changes: [] };
  const { threadId, row, archived } = session;
  const { meta } = transcript;
  const found = (code: FindingCode, message: string): Finding =>
    finding(code, `threads ${threadId}`, message, { thread_id: threadId });
  const agreed = sidecar.agreedName(threadId);
  const name = nameOf(row ?? {}, session.name) ?? missingName(row, session.name, agreed);
  const rolloutPath = pathForRow(session, session.file);
  if (!row) {
    const facts = { cwd: meta.cwd, modelProvider: meta.modelProvider, historyMode: meta.historyMode, archived, isPinned: false };
    const made = newRow({}, transcript, { id: threadId, rolloutPath, name, rights: null, ...facts }, schema.threads);
    return {
      findings: [found('row_missing', 'the state database has no row for it')],
      changes: [rowChange('state', 'threads', { id: threadId }, null, made)],
    };
  }
  const { row: after, mended } = mendRow(row, transcript, { rolloutPath, historyMode: meta.historyMode }, name);
  if (mended.length === 0) return { findings: [], changes: [] };
  return {
    findings: mended.map((column) => found(CODES[column], wrong(column, row, after))),
    changes: [rowChange('state', 'threads', { id: threadId }, row, after)],
  };
}

/** The projection is Codex's own cache of the rollout: it makes the rows anew when the session is opened. */
export function projectionRepair(cursors: Map<string, number>, rows: HomeRows, { threadId, file }: PresentSession): Repair {
  if (!isProjectedPastEnd(cursors, file)) return { findings: [], changes: [] };
  const message = 'Codex has projected more of it than exists';
  return {
    findings: [finding('projection_past_end', PROJECTION_CURSORS, message, { thread_id: threadId })],
    changes: rows.projectionOf(projectionIdOf(file)).map(({ table, row }) => rowChange('history', table, row, row, null)),
  };
}

/**
 * A record behind all others that has an ordinal: what Codex needs to open a paginated rollout. It says nothing, and has the time of the
 * last one.
 */
export function numberRepair(local: LocalHome, session: PresentSession, { transcript }: LocalContent): Repair {
  const { meta, numbering, lastTimestamp } = transcript;
  if (meta.historyMode !== 'paginated' || numbering.unnumberedAt === null) return { findings: [], changes: [] };
  const { file } = session;
  const payload = { type: 'token_count', info: null, rate_limits: null };
  const change = appendTo(file, readRolloutEnd(localRanges(local, file)), {
    mend: JSON.stringify({ timestamp: lastTimestamp ?? meta.timestamp, type: 'event_msg', payload }),
    nextOrdinal: numbering.highest === null ? numbering.before : numbering.highest + 1,
  });
  const message = 'its last record has no ordinal: Codex cannot open it';
  return { findings: [finding('ordinal_missing', file, message, { thread_id: session.threadId })], changes: [change] };
}

const CODES: Record<MendedColumn, FindingCode> = {
  history_mode: 'row_history_mode',
  rollout_path: 'row_path',
  preview: 'row_preview',
  title: 'row_preview',
  model_provider: 'row_model_provider',
  name: 'row_name',
};

const wrong = (column: string, row: Row, after: Row): string =>
  `threads.${column} is ${JSON.stringify(String(row[column] ?? ''))} and must be ${JSON.stringify(String(after[column] ?? ''))} for current Codex versions`;

/** What only a database says of the session, kept where Codex looks when it makes a new one: the index and the archive folder. */
export function keepBesideDatabase(home: string, session: PresentSession): Change[] {
  const { threadId, row, file } = session;
  const name = nameOf(row ?? {}, session.name);
  const time = new Date(Number(row?.updated_at ?? 0) * 1000).toISOString();
  const named: Change[] =
    name !== null && session.name !== name
      ? [
          {
            kind: 'operation',
            operation: { kind: 'index_entry', path: indexFile(home), line: indexLine(threadId, name, time), action: 'add' },
          },
        ]
      : [];
  if (!isArchived(session) || isInArchive(home, file)) return named;
  const to = path.join(home, 'archived_sessions', path.basename(file));
  return [{ kind: 'move_rollout', path: file, to }, ...named];
}

const isInArchive = (home: string, file: string): boolean => path.dirname(file) === path.join(home, 'archived_sessions');
