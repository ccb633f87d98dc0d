// The changes that one decision needs, built from facts alone.

import type { Localization } from '../localize/localization.ts';
import { type DatabaseName, isSameCell, type Operation, type Row } from '../operation/operation.ts';
import type { ValidSession } from '../package/package.ts';
import { verbatim } from '../paths/local_path.ts';
import type { AddedEvent } from '../rights/settings_line.ts';
import type { FirstLineChanges } from '../rollout/first_line_changes.ts';
import { asStored } from '../thread/coerce_row.ts';
import { isTime } from '../thread/row_time.ts';
import { type NameBase, renamedRow } from '../thread/thread_name.ts';
import { advancedRow, archivedRow, type Column, newRow, type RowFacts, repairRow } from '../thread/thread_row.ts';
import type { IncomingSession } from './incoming_session.ts';
import type { Change, PlannedChange, PlannedSource } from './plan.ts';

export const sourceOf = (session: ValidSession): PlannedSource => ({
  ranges: session.ranges,
  digest: session.digest,
});

/** Default lists show a file's mtime as the time of the last update, so the two are one (milliseconds since 1970). */
export function updatedAt({ row, mtime }: { row: Row; mtime: number }): number {
  if (isTime(row.updated_at_ms, 'updated_at_ms')) return row.updated_at_ms;
  return isTime(row.updated_at, 'updated_at') ? row.updated_at * 1000 : Math.trunc(mtime);
}

/** The same as Codex's index has it. */
export const isoOfUpdate = (session: { row: Row; mtime: number }): string => new Date(updatedAt(session)).toISOString();

/** Null where the lines are numbered as they should be, and so keep their numbers. */
const ownFromAnew = ({ meta, numbering }: ValidSession['transcript']): number | null =>
  meta.historyMode === 'paginated' && numbering.brokenAt !== null ? numbering.before : null;

const firstLineOf = (session: ValidSession, { modelProvider }: RowFacts): FirstLineChanges => ({
  ownFrom: session.transcript.meta.historyBase === null ? ownFromAnew(session.transcript) : session.ownFrom,
  modelProvider: modelProvider === session.transcript.meta.modelProvider ? null : modelProvider,
  withoutPlugins: session.transcript.meta.pluginFolders > 0,
});

/** The rollout of a new session. */
export function newRollout(session: ValidSession, facts: RowFacts, localization: Localization, added: AddedEvent | null): Change {
  const form = facts.historyMode === session.transcript.meta.historyMode ? 'as_it_is' : 'legacy';
  return {
    kind: 'create_rollout',
    path: facts.rolloutPath,
    lines: { source: sourceOf(session), from: 0, localization, form },
    firstLine: firstLineOf(session, facts),
    added,
    mtime: updatedAt(session),
  };
}

/** `before`: the row that an earlier thread of that id left. */
export const newRowChange = (
  { row, transcript }: Pick<ValidSession, 'row' | 'transcript'>,
  facts: RowFacts,
  columns: Column[],
  before: Row | null,
): Change => rowChange('state', 'threads', { id: facts.id }, before, newRow(row, transcript, facts, columns));

export const rowChange = (database: DatabaseName, table: string, key: Row, before: Row | null, after: Row | null): Change => ({
  kind: 'operation',
  operation: { kind: 'row', database, table, key, before, after: after && asStored(after) },
});

/** The row of a session that works in another folder; on Windows Codex spells it with a prefix of its own. */
export const movedRow = (row: Row, folder: string): Row => ({
  ...row,
  cwd: String(row.cwd ?? '').startsWith('\\\\?\\') ? verbatim(folder) : folder,
});

/** A local row: `base` and `givenName` as `renamedRow` takes them, `missing` the name that it should have and has not. */
type LocalRow = { row: Row | null; facts: RowFacts; base: NameBase; givenName?: string | null; missing?: string | null };

/** The row of a local session: moved on where `advances`, and repaired where it is wrong. */
export function rowChanges(
  session: Pick<IncomingSession, 'row' | 'transcript' | 'name'>,
  { row, facts, base, givenName, missing = null }: LocalRow,
  columns: Column[] | null,
  merge: { advances: boolean; takesName: boolean; archived: boolean },
): { changes: Change[]; repaired: string[] } {
  if (!columns) return { changes: [], repaired: [] };
  if (!row) return { changes: [newRowChange(session, facts, columns, null)], repaired: ['the whole row was missing'] };
  const advanced = merge.advances ? advancedRow(row, session.row) : row;
  const named = merge.takesName ? renamedRow(advanced, session.name, base, givenName) : advanced;
  const moved = merge.archived === facts.archived ? named : archivedRow(named, session.row, merge.archived, facts.rolloutPath);
  const { row: after, repaired } = repairRow(moved, session.transcript, facts, missing);
  const isSame = Object.keys(after).every((column) => isSameCell(after[column], row[column]));
  return { changes: isSame ? [] : [rowChange('state', 'threads', { id: facts.id }, row, after)], repaired };
}

export const forThread = (thread_id: string | null, changes: Change[]): PlannedChange[] =>
  changes.map((change) => ({ thread_id, change }));

export const asChanges = (operations: readonly Operation[]): Change[] =>
  operations.map((operation) => ({ kind: 'operation', operation }));

export const newFolders = (folders: readonly string[]): Change[] =>
  asChanges(folders.map((path) => ({ kind: 'make_directory', path })));
