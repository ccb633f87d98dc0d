// The tables of the sidecar (references/sync-sidecar-schema.md) and how an older one is brought up to date.

import type { SidecarTable } from './sidecar.ts';

/** 1: 0.1.0. 2: archive state and packing time of sync points. 3: tombstones. */
export const SIDECAR_SCHEMA_VERSION = 3;

/** The schema that a table came with; the others are of the first. */
export const ADDED_WITH: Partial<Record<SidecarTable, number>> = { tombstones: 3 };

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
