// What the sidecar knows, as rows of its tables (references/sync-sidecar-schema.md). Knowledge, not truth: invariant 5.

import type { Transcript } from '../compare/transcript.ts';
import type { ThreadId } from '../ids/thread_id.ts';
import type { Row, RowOperation } from '../operation/operation.ts';

/** 1: 0.1.0. 2: archive state and packing time of sync points. 3: tombstones. */
export const SIDECAR_SCHEMA_VERSION = 3;

const TOMBSTONES = `
CREATE TABLE tombstones (
  source_thread_id TEXT PRIMARY KEY,
  thread_id TEXT NOT NULL,
  lineage_id TEXT NOT NULL,
  noticed_at TEXT NOT NULL
) STRICT;
`;

export const SIDECAR_SCHEMA = `
CREATE TABLE lineages (
  lineage_id TEXT PRIMARY KEY,
  root TEXT
) STRICT;
CREATE TABLE sources (
  source_thread_id TEXT PRIMARY KEY,
  lineage_id TEXT NOT NULL
) STRICT;
CREATE TABLE heads (
  thread_id TEXT PRIMARY KEY,
  lineage_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  branched_from TEXT
) STRICT;
CREATE TABLE sync_points (
  thread_id TEXT NOT NULL,
  source_thread_id TEXT NOT NULL,
  incoming_digest TEXT NOT NULL,
  incoming_size INTEGER NOT NULL,
  incoming_transcript TEXT NOT NULL,
  local_size INTEGER NOT NULL,
  local_mtime REAL NOT NULL,
  name TEXT,
  title TEXT,
  archived INTEGER,
  packed_at TEXT,
  PRIMARY KEY (thread_id, source_thread_id)
) STRICT;
CREATE TABLE path_rules (
  lineage_id TEXT NOT NULL,
  from_path TEXT NOT NULL,
  to_path TEXT NOT NULL,
  PRIMARY KEY (lineage_id, from_path)
) STRICT;
${TOMBSTONES}`;

/** What a sidecar of version `from` lacks; every change only adds tables and columns that may be empty, so it holds for older rows as well. */
export const SIDECAR_UPGRADES: { from: number; statements: string }[] = [
  {
    from: 1,
    statements: `
ALTER TABLE sync_points ADD COLUMN archived INTEGER;
ALTER TABLE sync_points ADD COLUMN packed_at TEXT;
`,
  },
  { from: 2, statements: TOMBSTONES },
];

/** How a head came to be: installed by a sync, made by a divergence, copied on a collision, found here. */
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

/** File systems round times; two milliseconds is FAT's exception aside the coarsest in use. */
const MTIME_TOLERANCE = 2;

/** Nobody has touched the file since. */
export const isAsLeft = (stat: { size: number; mtime: number }, { local_size, local_mtime }: Left): boolean =>
  stat.size === local_size && Math.abs(stat.mtime - local_mtime) <= MTIME_TOLERANCE;

/** A session that a sync had brought and that was deleted here since. `noticed_at`: when that was first seen (ISO 8601). */
export type Tombstone = { source_thread_id: string; thread_id: string; lineage_id: string; noticed_at: string };

/** `isMarked`: the tombstone is written. Until then its `noticed_at` may be empty, where the home does not tell when it was deleted. */
export type Deletion = { grave: Tombstone; isMarked: boolean };

/** All that a run needs to know of the sidecar, read once. Sync points are found by head and by source. */
export type SidecarKnowledge = {
  lineages: Map<string, { lineage_id: string; root: string | null }>;
  lineageBySource: Map<string, string>;
  heads: Map<string, Head>;
  headsOfLineage: Map<string, Head[]>;
  pointsOfHead: Map<string, SyncPoint[]>;
  pointsOfSource: Map<string, SyncPoint[]>;
  lineageByRoot: Map<string, string>;
  rulesOfLineage: Map<string, { lineage_id: string; from_path: string; to_path: string }[]>;
  tombstoneOfSource: Map<string, Tombstone>;
};

export const emptyKnowledge = (): SidecarKnowledge => ({
  lineages: new Map(),
  lineageBySource: new Map(),
  heads: new Map(),
  headsOfLineage: new Map(),
  pointsOfHead: new Map(),
  pointsOfSource: new Map(),
  lineageByRoot: new Map(),
  rulesOfLineage: new Map(),
  tombstoneOfSource: new Map(),
});

/** Key columns of each table. */
const KEYS = {
  lineages: ['lineage_id'],
  sources: ['source_thread_id'],
  heads: ['thread_id'],
  sync_points: ['thread_id', 'source_thread_id'],
  path_rules: ['lineage_id', 'from_path'],
  tombstones: ['source_thread_id'],
};
export type SidecarTable = keyof typeof KEYS;
export const SIDECAR_TABLES = Object.keys(KEYS) as SidecarTable[];

/** The key of a row of a table. */
export const keyRow = (table: SidecarTable, row: Row): Row =>
  Object.fromEntries(KEYS[table].map((column) => [column, row[column] ?? null]));

/** The last state that a head and a source agreed on; null where they never met. */
export const pointOf = (known: SidecarKnowledge, head: string, source: string): SyncPoint | null =>
  known.pointsOfHead.get(head)?.find((point) => point.source_thread_id === source) ?? null;

type Content = Pick<SyncPoint, 'source_thread_id' | 'incoming_transcript'>;

/** How many turns a source had when that point was set, in whatever form; none where that cannot be read. */
export function turnsThen({ incoming_transcript }: Content): number {
  try {
    return (JSON.parse(incoming_transcript) as Transcript).turns;
  } catch {
    return 0;
  }
}

/** Tells of a point whose head is gone whether a living head holds as much of that source: then nothing is missed. */
export function servedBy(living: Iterable<Content>): (point: Content) => boolean {
  const turns = new Map<string, number>();
  for (const point of living)
    turns.set(point.source_thread_id, Math.max(turnsThen(point), turns.get(point.source_thread_id) ?? 0));
  return (point) => (turns.get(point.source_thread_id) ?? -1) >= turnsThen(point);
}

/** One row of the sidecar as an operation; null where the row already says so. */
export function sidecarRow(table: SidecarTable, before: Row | null, after: Row): RowOperation | null {
  if (before && Object.entries(after).every(([column, value]) => before[column] === value)) return null;
  return { kind: 'row', database: 'sidecar', table, key: keyRow(table, after), before, after };
}
