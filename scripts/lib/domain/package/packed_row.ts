// How a package spells the rows of a session.

import { uncompressed } from '../ids/rollout_name.ts';
import type { Row } from '../operation/operation.ts';
import { isoOf } from '../thread/row_time.ts';

/** The rollout is packed plain, whichever form the row names: only then older Codex versions and the sibling read it. */
export const packedRow = (row: Row, file: string): Row => ({
  ...row,
  rollout_path: uncompressed(String(row.rollout_path ?? file)),
});

/** The entry of the index. As the sibling does it: a session that nobody named is listed by its title. */
export const packedIndexEntry = (row: Row, name: string | null): Row => ({
  id: row.id ?? null,
  thread_name: (typeof row.name === 'string' ? row.name : name) ?? row.title ?? '',
  updated_at: isoOf(row.updated_at).replace('.000Z', 'Z'),
});

/** Integers beyond 2^53 keep their digits. */
export const packedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, cell) => (typeof cell === 'bigint' ? cell.toString() : cell));
