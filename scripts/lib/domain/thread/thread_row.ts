// A row of Codex's `threads` table: what a new one holds, what a fast-forward moves on, what is repaired. thread_columns.ts has the policies.

import type { Transcript } from '../compare/transcript.ts';
import type { ThreadId } from '../ids/thread_id.ts';
import type { Cell, Row } from '../operation/operation.ts';
import { type Rights, rightsColumns } from '../rights/rights.ts';
import type { SessionMeta } from '../rollout/session_meta.ts';
import { isTime } from './row_time.ts';
import { columnsWith, type DerivedColumn } from './thread_columns.ts';
import { textCell } from './thread_name.ts';

/** A column as `PRAGMA table_info` gives it; `type` is its affinity where Codex uses it. */
export type Column = { name: string; type: 'integer' | 'text' | null; notNull: boolean; hasDefault: boolean };

export type RowFacts = {
  id: ThreadId;
  rolloutPath: string;
  cwd: string;
  modelProvider: string;
  /** Of the local rollout as it is, or will be. */
  historyMode: string;
  /** What a person calls the session; null where nobody named it. */
  name: string | null;
  archived: boolean;
  isPinned: boolean;
  /** No version resumes by them, but they are shown; null where the incoming row tells. */
  rights: Rights | null;
};

type Known = Transcript & { meta: SessionMeta };

/** The row of a session that is new on this machine, with exactly the columns that this database has. */
export function newRow(incoming: Row, transcript: Known, facts: RowFacts, columns: Column[]): Row {
  const known: Row = { ...fallbacks(incoming, transcript), ...derived(incoming, transcript, facts) };
  const row: Row = {};
  for (const { name, type, notNull, hasDefault } of columns) {
    const value = (Object.hasOwn(known, name) ? known[name] : incoming[name]) ?? null;
    if (value !== null) row[name] = value;
    else if (!notNull) row[name] = null;
    else if (!hasDefault) row[name] = type === 'integer' ? 0 : '';
  }
  for (const column of columnsWith('machine_local')) if (column in row) row[column] = null;
  return row;
}

function derived(incoming: Row, transcript: Known, facts: RowFacts): Partial<Record<DerivedColumn, Cell>> {
  return {
    id: facts.id,
    rollout_path: facts.rolloutPath,
    cwd: facts.cwd,
    model_provider: facts.modelProvider,
    history_mode: facts.historyMode,
    preview: previewOf(incoming, transcript),
    title: facts.name ?? textCell(incoming.title) ?? (isSilent(transcript) ? '' : previewOf(incoming, transcript)),
    name: facts.name,
    is_pinned: facts.isPinned ? 1 : 0,
    archived: facts.archived ? 1 : 0,
    archived_at: facts.archived ? (incoming.archived_at ?? incoming.updated_at ?? null) : null,
    ...(facts.rights ? rightsColumns(facts.rights) : {}),
  };
}

/** For columns that the incoming row may lack: an older Codex packed it, or nobody indexed it. Rights default to the narrowest. */
function fallbacks(incoming: Row, transcript: Known): Row {
  const created = secondsOf(transcript.meta.timestamp);
  const updated = secondsOf(transcript.lastTimestamp ?? '') || created;
  const present = (column: string, value: Cell): Row => ((incoming[column] ?? null) === null ? { [column]: value } : {});
  return {
    ...present('created_at', created),
    ...present('updated_at', updated),
    ...present('recency_at', incoming.updated_at ?? updated),
    ...present('recency_at_ms', incoming.updated_at_ms ?? Number(incoming.updated_at ?? updated) * 1000),
    ...present('source', transcript.meta.source || 'vscode'),
    ...present('sandbox_policy', '{"type":"read-only"}'),
    ...present('approval_mode', 'on-request'),
    ...present('cli_version', transcript.meta.cliVersion),
    ...present('first_user_message', isSilent(transcript) ? '' : transcript.firstUserMessage),
  };
}

/** 0 for what is no time, or one that no row may hold: a later line may say anything. */
function secondsOf(iso: string): number {
  const seconds = Math.floor(Date.parse(iso) / 1000);
  return isTime(seconds, 'updated_at') ? seconds : 0;
}

/** Of a session in which nobody has said a word. */
const MADE_UP = 'imported session';

/** Never empty but for a silent agent: lists that use only the database hide a thread without a preview (0.131+). */
const previewOf = (incoming: Row, transcript: Known): string =>
  textCell(incoming.preview) ?? (isSilent(transcript) ? '' : saidIn(incoming, transcript));

const saidIn = (incoming: Row, transcript: Known): string =>
  textCell(incoming.first_user_message) ?? (transcript.firstUserMessage || textCell(incoming.title) || MADE_UP);

/** Nobody speaks in it but agents: Codex leaves its title, its preview and its first message empty, and so keeps it out of lists. */
export const isSilent = ({ meta }: { meta: SessionMeta }): boolean => meta.isV2Agent;

/** The local row after a fast-forward: a name, pin, archive state, section, cwd or right that is set locally stays. */
export function advancedRow(local: Row, incoming: Row): Row {
  const row: Row = { ...local };
  for (const column of columnsWith('follows_history'))
    if (column in local && (incoming[column] ?? null) !== null) row[column] = incoming[column] as Cell;
  for (const column of columnsWith('never_back'))
    if (column in local && Number(incoming[column] ?? 0) > Number(local[column] ?? 0)) row[column] = incoming[column] as Cell;
  // A trigger of Codex does the same where only the seconds change (0.145+); a rollback can put back only what is known to change.
  if ('updated_at_ms' in local && row.updated_at !== local.updated_at && row.updated_at_ms === local.updated_at_ms)
    row.updated_at_ms = Number(row.updated_at) * 1000;
  return row;
}

/** The local row of a rollout that goes into the archive or out of it. */
export const archivedRow = (local: Row, incoming: Row, archived: boolean, rolloutPath: string): Row => ({
  ...local,
  archived: archived ? 1 : 0,
  archived_at: archived ? (incoming.archived_at ?? incoming.updated_at ?? null) : null,
  rollout_path: rolloutPath,
});

/** A row for a session that no database knows, for a package: the columns that every Codex has had since 0.117, and what lists need. */
export function deriveRow(
  session: { threadId: ThreadId; file: string; archived: boolean; name: string | null },
  transcript: Known,
): Row {
  const { meta } = transcript;
  const facts = {
    id: session.threadId,
    rolloutPath: session.file,
    cwd: meta.cwd,
    modelProvider: meta.modelProvider,
    historyMode: meta.historyMode,
    name: session.name,
    archived: session.archived,
    isPinned: false,
    rights: null,
  };
  return { ...fallbacks({}, transcript), ...derived({}, transcript, facts) };
}

export type RepairedColumn = 'history_mode' | 'rollout_path' | 'preview' | 'title' | 'model_provider' | 'name';

export type Repaired = { row: Row; repaired: RepairedColumn[] };

/** What today's Codex needs of a row that another tool (or an older Codex) wrote; `repaired` names the columns that were wrong. */
export function repairRow(
  row: Row,
  transcript: Known,
  { rolloutPath, historyMode }: Pick<RowFacts, 'rolloutPath' | 'historyMode'>,
  name: string | null,
): Repaired {
  const right: Partial<Record<RepairedColumn, Cell>> = {
    history_mode: historyMode,
    rollout_path: rolloutPath,
    ...(textCell(row.preview) === null && !isSilent(transcript) ? { preview: previewOf(row, transcript) } : {}),
    // What an earlier version of this tool put there.
    ...(isSilent(transcript) && row.preview === MADE_UP ? { preview: '' } : {}),
    ...(isSilent(transcript) && row.title === MADE_UP ? { title: '' } : {}),
    ...(textCell(row.model_provider) === null ? { model_provider: transcript.meta.modelProvider } : {}),
    ...(row.name === null && name !== null ? { name } : {}),
  };
  const repaired = (Object.keys(right) as RepairedColumn[]).filter((column) => column in row && row[column] !== right[column]);
  return { row: { ...row, ...Object.fromEntries(repaired.map((column) => [column, right[column] as Cell])) }, repaired };
}
