// The changes that one decision needs, built from facts alone.

import type { ThreadId } from '../ids/thread_id.ts';
import type { Localization } from '../localize/localization.ts';
import { type DatabaseName, isSameCell, type Operation, type Row } from '../operation/operation.ts';
import type { ValidSession } from '../package/package.ts';
import type { AddedSettings } from '../rights/settings_line.ts';
import type { FirstLine } from '../rollout/first_line.ts';
import { type HeadOrigin, pointOf, type SidecarKnowledge, sidecarRow } from '../sidecar/sidecar.ts';
import { asStored, coerceRow, isTime } from '../thread/coerce_row.ts';
import {
  advancedRow,
  archivedRow,
  type Column,
  mendRow,
  type NameBase,
  nameOf,
  newRow,
  type RowFacts,
  renamedRow,
} from '../thread/thread_row.ts';
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

export type Schema = { threads: Column[]; dynamicTools: Column[] } | null;

/** Null where the lines are numbered as they should be, and so keep their numbers. */
const ownFromAnew = ({ meta, numbering }: ValidSession['transcript']): number | null =>
  meta.historyMode === 'paginated' && numbering.brokenAt !== null ? numbering.before : null;

const firstLineOf = (session: ValidSession, { modelProvider }: RowFacts): FirstLine => ({
  ownFrom: session.transcript.meta.historyBase === null ? ownFromAnew(session.transcript) : session.ownFrom,
  modelProvider: modelProvider === session.transcript.meta.modelProvider ? null : modelProvider,
  withoutPlugins: session.transcript.meta.pluginFolders > 0,
});

/** A new session: rollout, row, dynamic tools, index line; what an earlier thread of that id left in the projection goes. */
export function createChanges(
  session: ValidSession,
  facts: RowFacts,
  localization: Localization,
  context: {
    schema: Schema;
    staleRow: Row | null;
    staleProjection: { table: string; row: Row }[];
    indexPath: string;
    indexLine: string | null;
    added: AddedSettings | null;
  },
): Change[] {
  const { schema } = context;
  const changes: Change[] = [
    {
      kind: 'create_rollout',
      path: facts.rolloutPath,
      source: sourceOf(session),
      localization,
      form: facts.historyMode === session.transcript.meta.historyMode ? 'as_it_is' : 'legacy',
      firstLine: firstLineOf(session, facts),
      added: context.added,
      mtime: updatedAt(session),
    },
    ...context.staleProjection.map(({ table, row }): Change => rowChange('history', table, row, row, null)),
  ];
  if (schema) {
    changes.push(
      rowChange(
        'state',
        'threads',
        { id: facts.id },
        context.staleRow,
        newRow(session.row, session.transcript, facts, schema.threads),
      ),
    );
    changes.push(...toolChanges(session, facts.id, schema.dynamicTools));
  }
  if (context.indexLine)
    changes.push({
      kind: 'operation',
      operation: { kind: 'index_entry', path: context.indexPath, line: context.indexLine, action: 'add' },
    });
  return changes;
}

function toolChanges(session: ValidSession, id: ThreadId, columns: Column[]): Change[] {
  if (columns.length === 0) return [];
  return toolsOf(session, columns).map((tool) => {
    const row = Object.fromEntries(
      columns
        .filter(({ name, hasDefault }) => (tool[name] ?? null) !== null || !hasDefault)
        .map(({ name }) => [name, tool[name] ?? null]),
    );
    const key = { thread_id: id, position: tool.position ?? null };
    return rowChange('state', 'thread_dynamic_tools', key, null, { ...row, thread_id: id });
  });
}

/** One at each position, and only those that the table takes. */
function toolsOf({ dynamicTools }: ValidSession, columns: Column[]): Row[] {
  const isWhole = (tool: Row): boolean =>
    columns.every(({ name, notNull, hasDefault }) => !notNull || hasDefault || (tool[name] ?? null) !== null);
  const whole = dynamicTools.map((tool) => coerceRow(tool, columns)).filter(isWhole);
  return [...new Map(whole.map((tool) => [tool.position, tool])).values()];
}

export const rowChange = (database: DatabaseName, table: string, key: Row, before: Row | null, after: Row | null): Change => ({
  kind: 'operation',
  operation: { kind: 'row', database, table, key, before, after: after && asStored(after) },
});

/** The row of a session that works in another folder; on Windows Codex spells it with a prefix of its own. */
export const movedRow = (row: Row, folder: string): Row => ({
  ...row,
  cwd: String(row.cwd ?? '').startsWith('\\\\?\\') ? `\\\\?\\${folder}` : folder,
});

/** `nameHere`: wherever Codex keeps it. `missing`: the name that the row should have and has not. */
type Present = { row: Row | null; facts: RowFacts; base: NameBase; nameHere?: string | null; missing?: string | null };

/** The row of a session that is here already: moved on where `advances`, and mended where it is wrong. */
export function rowChanges(
  session: ValidSession,
  local: Present,
  schema: Schema,
  news: { advances: boolean; takesName: boolean; archived: boolean },
): { changes: Change[]; mended: string[] } {
  if (!schema) return { changes: [], mended: [] };
  const { row, facts, base, nameHere, missing = null } = local;
  if (!row) {
    const made = newRow(session.row, session.transcript, facts, schema.threads);
    return { changes: [rowChange('state', 'threads', { id: facts.id }, null, made)], mended: ['the whole row was missing'] };
  }
  const advanced = news.advances ? advancedRow(row, session.row) : row;
  const named = news.takesName ? renamedRow(advanced, nameOf(session.row, session.indexName), base, nameHere) : advanced;
  const moved = news.archived === facts.archived ? named : archivedRow(named, session.row, news.archived, facts.rolloutPath);
  const { row: after, mended } = mendRow(moved, session.transcript, facts, missing);
  const isSame = Object.keys(after).every((column) => isSameCell(after[column], row[column]));
  return { changes: isSame ? [] : [rowChange('state', 'threads', { id: facts.id }, row, after)], mended };
}

/** What the sidecar learns: which lineage the session is of, which head holds it, where both sides agreed. */
export type Learned = {
  lineageId: string;
  root: string | null;
  head: ThreadId;
  origin: HeadOrigin;
  branchedFrom: ThreadId | null;
  rolloutPath: string;
  name: string | null;
  title: string | null;
  /** What the package says, and when it was packed. */
  archived: boolean;
  packedAt: string | null;
  pathRules: { from: string; to: string }[];
};

/** A session of a package, or one of this home as its own package would hold it. */
type Source = Pick<ValidSession, 'threadId' | 'digest' | 'size' | 'transcript'>;

export function sidecarChanges(session: Source, learned: Learned, known: SidecarKnowledge): Change[] {
  const lineage = known.lineages.get(learned.lineageId) ?? null;
  const head = known.heads.get(learned.head) ?? null;
  const source = known.lineageBySource.get(session.threadId);
  const operations: (Operation | null)[] = [
    sidecarRow('lineages', lineage, { lineage_id: learned.lineageId, root: learned.root ?? lineage?.root ?? null }),
    sidecarRow('sources', source ? { source_thread_id: session.threadId, lineage_id: source } : null, {
      source_thread_id: session.threadId,
      lineage_id: learned.lineageId,
    }),
    head
      ? null
      : sidecarRow('heads', null, {
          thread_id: learned.head,
          lineage_id: learned.lineageId,
          origin: learned.origin,
          branched_from: learned.branchedFrom,
        }),
    ...learned.pathRules.map(({ from, to }) => {
      const before = known.rulesOfLineage.get(learned.lineageId)?.find((rule) => rule.from_path === from) ?? null;
      return sidecarRow('path_rules', before, { lineage_id: learned.lineageId, from_path: from, to_path: to });
    }),
  ];
  return operations.filter((operation) => operation !== null).map((operation): Change => ({ kind: 'operation', operation }));
}

/** The sync point is filled in when it is staged: then the rollout's new size is known. */
export function syncPointChange(session: Source, learned: Learned, known: SidecarKnowledge): Change {
  const before = pointOf(known, learned.head, session.threadId);
  return {
    kind: 'sync_point',
    path: learned.rolloutPath,
    before,
    point: {
      thread_id: learned.head,
      source_thread_id: session.threadId,
      incoming_digest: session.digest,
      incoming_size: session.size,
      name: learned.name,
      title: learned.title,
      archived: learned.archived ? 1 : 0,
      packed_at: learned.packedAt,
    },
    transcript: session.transcript,
  };
}

export const forThread = (thread_id: string | null, changes: Change[]): PlannedChange[] =>
  changes.map((change) => ({ thread_id, change }));
