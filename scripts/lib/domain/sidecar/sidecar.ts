// The rows of the sidecar (references/sync-sidecar-schema.md). Knowledge, not truth: invariant 5.

import type { Transcript } from '../compare/transcript.ts';
import type { ThreadId } from '../ids/thread_id.ts';
import { parseObject } from '../json/json_value.ts';
import type { Row, RowOperation } from '../operation/operation.ts';

/** How a head came to be: installed by a sync, made by a divergence, copied on a collision, found locally. */
export type HeadOrigin = 'synced' | 'branch' | 'copy' | 'found';

export type Head = { thread_id: ThreadId; lineage_id: string; origin: HeadOrigin; branched_from: ThreadId | null };

/** The last state that a head and one source agreed on. `local_*` is the head's file right after. */
export type SyncPoint = {
  thread_id: ThreadId;
  source_thread_id: string;
  incoming_digest: string;
  incoming_size: number;
  /** What a pass over that content told (a `Transcript` as JSON): the same bytes need no second pass. */
  incoming_transcript: string;
  local_size: number;
  local_mtime: number;
  name: string | null;
  title: string | null;
  /** 1 where the source had archived the session; null where an older version of this tool did not look. */
  archived: number | null;
  /** When the package was packed, as its machine says (ISO 8601); null where the package does not tell. */
  packed_at: string | null;
};

/** Where a sync point says that the session's rollout ended, and the file's time then. */
export type Left = Pick<SyncPoint, 'local_size' | 'local_mtime'>;

/** File systems round times, at most to two milliseconds (but FAT: to two seconds). */
const MTIME_TOLERANCE = 2;

/** Nobody has touched the file since. */
export const isAsLeft = (stat: { size: number; mtime: number }, { local_size, local_mtime }: Left): boolean =>
  stat.size === local_size && Math.abs(stat.mtime - local_mtime) <= MTIME_TOLERANCE;

/** A session that a sync had brought and that has been deleted locally since. `noticed_at`: when that was first seen (ISO 8601). */
export type Tombstone = { source_thread_id: string; thread_id: string; lineage_id: string; noticed_at: string };

/** `isRecorded`: the tombstone is written. Until then its `noticed_at` may be empty, where the home does not tell when it was deleted. */
export type Deletion = { tombstone: Tombstone; isRecorded: boolean };

type SidecarRows = {
  lineages: { lineage_id: string; root: string | null };
  sources: { source_thread_id: string; lineage_id: string };
  heads: Head;
  sync_points: SyncPoint;
  path_rules: { lineage_id: string; from_path: string; to_path: string };
  tombstones: Tombstone;
};
export type SidecarTable = keyof SidecarRows;
export type SidecarRow<Table extends SidecarTable> = SidecarRows[Table];

/** Key columns of each table. */
const KEYS: Record<SidecarTable, string[]> = {
  lineages: ['lineage_id'],
  sources: ['source_thread_id'],
  heads: ['thread_id'],
  sync_points: ['thread_id', 'source_thread_id'],
  path_rules: ['lineage_id', 'from_path'],
  tombstones: ['source_thread_id'],
};
export const SIDECAR_TABLES = Object.keys(KEYS) as SidecarTable[];

/** Names a row within its table. */
export function keyOf(table: SidecarTable, row: Row): string {
  const cells = KEYS[table].map((column) => row[column] ?? null);
  return cells.length === 1 ? String(cells[0]) : JSON.stringify(cells);
}

/** A column that an older version did not have is NULL. */
export const isSameRow = (one: Row, other: Row): boolean =>
  Object.keys({ ...one, ...other }).every((column) => (one[column] ?? null) === (other[column] ?? null));

/** What makes one row of a table out of the other; nothing where they say the same. */
export function sidecarOperations(table: SidecarTable, before: Row | null, after: Row | null): RowOperation[] {
  const row = after ?? before;
  if (row === null || (before && after && isSameRow(before, after))) return [];
  const key = Object.fromEntries(KEYS[table].map((column) => [column, row[column] ?? null]));
  return [{ kind: 'row', database: 'sidecar', table, key, before, after }];
}

type Content = Pick<SyncPoint, 'source_thread_id' | 'incoming_transcript'>;

/** How many turns a source had when that point was set, in whatever form; none where that cannot be read. */
export const turnsThen = ({ incoming_transcript }: Content): number =>
  Number((parseObject(incoming_transcript) as Transcript | null)?.turns ?? 0);

/** Tells of a point whose head is gone whether a living head holds as much of that source: then nothing is missed. */
export function servedBy(living: Iterable<Content>): (point: Content) => boolean {
  const turns = new Map<string, number>();
  for (const point of living)
    turns.set(point.source_thread_id, Math.max(turnsThen(point), turns.get(point.source_thread_id) ?? 0));
  return (point) => (turns.get(point.source_thread_id) ?? -1) >= turnsThen(point);
}
