// What goes with a session beside its transcript and its row.

import type { Row } from '../operation/operation.ts';
import type { AttachedTable } from './attached_table.ts';
import { DYNAMIC_TOOLS } from './dynamic_tool.ts';
import { GOALS } from './goal.ts';
import { SPAWN_EDGES } from './spawn_edge.ts';

export const ATTACHED_TABLES: readonly AttachedTable[] = [DYNAMIC_TOOLS, SPAWN_EDGES, GOALS];

/** Where a package has the rows of a table. */
export const metadataFile = ({ table }: AttachedTable): string => `metadata/${table}.jsonl`;

/** A file as it was when it was read. `file` is absolute, `name` is that in its folder. */
export type PackedFile = { name: string; file: string; size: number; mtime: number; digest: string };

/** `rows`: by table. */
export type Attachments = { rows: ReadonlyMap<string, readonly Row[]>; images: readonly PackedFile[] };
