// A row of Codex's `threads` table: what a new one holds, what a fast-forward moves on, what is mended. One policy per column
// (references/sync-sidecar-schema.md shows it as a table); columns that nobody here knows keep what the local row says.

import type { Transcript } from '../compare/transcript.ts';
import type { ThreadId } from '../ids/thread_id.ts';
import type { Cell, Row } from '../operation/operation.ts';
import { type Rights, rightsColumns } from '../rights/rights.ts';
import type { SessionMeta } from '../rollout/session_meta.ts';
import { mergedName } from './metadata_merge.ts';

/** A column as `PRAGMA table_info` gives it; `type` is its affinity where Codex uses it. */
export type Column = { name: string; type: 'integer' | 'text' | null; notNull: boolean; hasDefault: boolean };

/** They point at rows, folders or accounts of one machine; a dangling section breaks the list of the whole home (Codex 0.169). */
const MACHINE_LOCAL = [
  'thread_section_id',
  'section_position',
  'section_entered_at_ms',
  'project_id',
  'creator_user_id',
  'creator_account_id',
  'attached_thread_parent_id',
];

/** On a fast-forward these follow the side that went on. */
const FOLLOWS_HISTORY = [
  'tokens_used',
  'has_user_event',
  'model',
  'reasoning_effort',
  'cli_version',
  'git_sha',
  'git_branch',
  'git_origin_url',
];
/** These never go back. */
const NEVER_BACK = ['updated_at', 'updated_at_ms', 'recency_at', 'recency_at_ms'];

export type RowFacts = {
  id: ThreadId;
  rolloutPath: string;
  cwd: string;
  modelProvider: string;
  /** Of the rollout that is (or will be) here. */
  historyMode: string;
  /** What a person calls the session; null where nobody named it. */
  name: string | null;
  archived: boolean;
  isPinned: boolean;
  /** No version resumes by them, but they are shown; null where the incoming row tells. */
  rights: Rights | null;
};

type Known = Transcript & { meta: SessionMeta };

/** The row of a session that is new here, with exactly the columns that this database has. */
export function newRow(incoming: Row, transcript: Known, facts: RowFacts, columns: Column[]): Row {
  const derived: Row = { ...fallbacks(incoming, transcript), ...definite(incoming, transcript, facts) };
  const row: Row = {};
  for (const { name, type, notNull, hasDefault } of columns) {
    const value = (Object.hasOwn(derived, name) ? derived[name] : incoming[name]) ?? null;
    if (value !== null) row[name] = value;
    else if (!notNull) row[name] = null;
    else if (!hasDefault) row[name] = type === 'integer' ? 0 : '';
  }
  for (const column of MACHINE_LOCAL) if (column in row) row[column] = null;
  return row;
}

function definite(incoming: Row, transcript: Known, facts: RowFacts): Row {
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
  const updated = secondsOf(transcript.lastTimestamp ?? transcript.meta.timestamp);
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

const secondsOf = (iso: string): number => Math.floor((Date.parse(iso) || 0) / 1000);
const textCell = (cell: Cell | undefined): string | null => (typeof cell === 'string' && cell !== '' ? cell : null);

/** Of a session in which nobody has said a word. */
const MADE_UP = 'imported session';

/** Never empty but for a silent agent: lists that use only the database hide a thread without a preview (0.131+). */
const previewOf = (incoming: Row, transcript: Known): string =>
  textCell(incoming.preview) ?? (isSilent(transcript) ? '' : saidIn(incoming, transcript));

const saidIn = (incoming: Row, transcript: Known): string =>
  textCell(incoming.first_user_message) ?? (transcript.firstUserMessage || textCell(incoming.title) || MADE_UP);

/** Nobody speaks in it but agents: Codex leaves its title, its preview and its first message empty, and so keeps it out of lists. */
export const isSilent = ({ meta }: { meta: SessionMeta }): boolean => meta.isV2Agent;

/** The name and title that both sides agreed on last; null where they never met. */
export type NameBase = { name: string | null; title: string | null } | null;

/** The local row after a fast-forward: a name, pin, archive state, section, cwd or right that is set here stays. */
export function advancedRow(local: Row, incoming: Row): Row {
  const row: Row = { ...local };
  for (const column of FOLLOWS_HISTORY)
    if (column in local && (incoming[column] ?? null) !== null) row[column] = incoming[column] as Cell;
  for (const column of NEVER_BACK)
    if (column in local && Number(incoming[column] ?? 0) > Number(local[column] ?? 0)) row[column] = incoming[column] as Cell;
  return row;
}

/** The local row with the name that the other side gave; one that was given here stays, also where only the index has it. */
export function renamedRow(local: Row, incomingName: string | null, base: NameBase, givenName = textCell(local.name)): Row {
  const row: Row = { ...local };
  const name = mergedName(givenName, incomingName, base);
  if ('name' in local && name !== givenName) row.name = name;
  if (base && local.title === base.title && incomingName) row.title = incomingName;
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
  session: { threadId: ThreadId; file: string | null; archived: boolean; name: string | null },
  transcript: Known,
): Row {
  const { meta } = transcript;
  const facts = {
    id: session.threadId,
    rolloutPath: session.file ?? '',
    cwd: meta.cwd,
    modelProvider: meta.modelProvider,
    historyMode: meta.historyMode,
    name: session.name,
    archived: session.archived,
    isPinned: false,
    rights: null,
  };
  return { ...fallbacks({}, transcript), ...definite({}, transcript, facts) };
}

export type MendedColumn = 'history_mode' | 'rollout_path' | 'preview' | 'title' | 'model_provider' | 'name';

export type Mended = { row: Row; mended: MendedColumn[] };

/** What today's Codex needs of a row that another tool (or an older Codex) wrote; `mended` names the columns that were wrong. */
export function mendRow(
  row: Row,
  transcript: Known,
  { rolloutPath, historyMode }: Pick<RowFacts, 'rolloutPath' | 'historyMode'>,
  name: string | null,
): Mended {
  const right: Partial<Record<MendedColumn, Cell>> = {
    history_mode: historyMode,
    rollout_path: rolloutPath,
    ...(textCell(row.preview) === null && !isSilent(transcript) ? { preview: previewOf(row, transcript) } : {}),
    // What an earlier version of this tool put there.
    ...(isSilent(transcript) && row.preview === MADE_UP ? { preview: '' } : {}),
    ...(isSilent(transcript) && row.title === MADE_UP ? { title: '' } : {}),
    ...(textCell(row.model_provider) === null ? { model_provider: transcript.meta.modelProvider } : {}),
    ...(row.name === null && name !== null ? { name } : {}),
  };
  const mended = (Object.keys(right) as MendedColumn[]).filter((column) => column in row && row[column] !== right[column]);
  return { row: { ...row, ...Object.fromEntries(mended.map((column) => [column, right[column] as Cell])) }, mended };
}

/**
 * What people call the session. Codex keeps it in `name` (0.145+), in a `title` that is not the first message (0.125-0.145) or in
 * the index; the sibling fills the index with titles, so an index name that is only the title names nothing.
 */
export function nameOf(row: Row, indexName: string | null): string | null {
  const title = textCell(row.title);
  const isGiven = (text: string | null): boolean =>
    text !== null && text !== textCell(row.first_user_message) && text !== textCell(row.preview);
  if (textCell(row.name)) return textCell(row.name);
  if (indexName && indexName !== title && isGiven(indexName)) return indexName;
  return isGiven(title) && textCell(row.first_user_message) ? title : null;
}

/** The agreed name where nothing here says it; null where the session has another one, which an older Codex may have kept in the index alone. */
export function missingName(row: Row | null, indexName: string | null, agreed: string | null): string | null {
  const own = nameOf(row ?? {}, indexName);
  return own === null || own === agreed ? agreed : null;
}
