// What of a session is wrong for today's Codex, and the changes that repair it.

import type { HomeRows } from '../../adapters/local_sessions/home_rows.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localRanges } from '../../adapters/local_sessions/local_rollout.ts';
import { type PresentSession, pathForRow } from '../../adapters/local_sessions/local_session.ts';
import { isProjectedPastEnd, PROJECTION_CURSORS, projectionIdOf } from '../../adapters/local_sessions/projection.ts';
import { readRolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { readNumbering } from '../../adapters/rollout/rollout_numbers.ts';
import { type Finding, type FindingCode, finding } from '../../domain/findings/finding.ts';
import type { Row } from '../../domain/operation/operation.ts';
import { appendTo } from '../../domain/plan/append_rollout.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { rowChange } from '../../domain/plan/session_changes.ts';
import { missingName, nameOf } from '../../domain/thread/thread_name.ts';
import { newRow, type RepairedColumn, repairRow } from '../../domain/thread/thread_row.ts';
import type { LocalContent } from './adoption.ts';

export type Repair = { findings: Finding[]; changes: Change[] };

export const both = (one: Repair, other: Repair): Repair => ({
  findings: [...one.findings, ...other.findings],
  changes: [...one.changes, ...other.changes],
});

export function rowRepair({ threadColumns, sidecar }: LocalHome, session: PresentSession, { transcript }: LocalContent): Repair {
  if (!threadColumns) return { findings: [], changes: [] };
  const { threadId, row, archived } = session;
  const { meta } = transcript;
  const found = (code: FindingCode, message: string): Finding =>
    finding(code, `threads ${threadId}`, message, { thread_id: threadId });
  const agreed = sidecar.agreedName(threadId);
  const name = nameOf(row ?? {}, session.name) ?? missingName(row, session.name, agreed);
  const rolloutPath = pathForRow(session, session.file);
  if (!row) {
    const facts = { cwd: meta.cwd, modelProvider: meta.modelProvider, historyMode: meta.historyMode, archived, isPinned: false };
    const made = newRow({}, transcript, { id: threadId, rolloutPath, name, rights: null, ...facts }, threadColumns);
    return {
      findings: [found('row_missing', 'the state database has no row for it')],
      changes: [rowChange('state', 'threads', { id: threadId }, null, made)],
    };
  }
  const { row: after, repaired } = repairRow(row, transcript, { rolloutPath, historyMode: meta.historyMode }, name);
  if (repaired.length === 0) return { findings: [], changes: [] };
  return {
    findings: repaired.map((column) => found(CODES[column], wrong(column, row, after))),
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
    added: { timestamp: lastTimestamp ?? meta.timestamp, ordinal: null, payload },
    nextOrdinal: numbering.highest === null ? numbering.before : numbering.highest + 1,
  });
  const thread_id = session.threadId;
  const message = 'its last record has no ordinal: Codex cannot open it';
  const { brokenAt } = readNumbering(file, meta);
  const stays =
    'Codex opens it once its last record has an ordinal, and may still hide turns: they begin without one, or are numbered wrongly';
  return {
    findings: [
      finding('ordinal_missing', file, message, { thread_id }),
      ...(brokenAt === null ? [] : [finding('ordinals_broken', `${file} at byte ${brokenAt}`, stays, { thread_id })]),
    ],
    changes: [change],
  };
}

const CODES: Record<RepairedColumn, FindingCode> = {
  history_mode: 'row_history_mode',
  rollout_path: 'row_path',
  preview: 'row_preview',
  title: 'row_preview',
  model_provider: 'row_model_provider',
  name: 'row_name',
};

const wrong = (column: string, row: Row, after: Row): string =>
  `threads.${column} is ${JSON.stringify(String(row[column] ?? ''))} and must be ${JSON.stringify(String(after[column] ?? ''))} for current Codex versions`;
