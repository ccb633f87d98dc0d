// How the records of a local rollout file are numbered.

import { isCompressed } from '../../domain/ids/rollout_name.ts';
import { isBlank } from '../../domain/json/json_bytes.ts';
import { addLost, addNumber, isNumbered, type Numbering, startNumbering } from '../../domain/rollout/numbering.ts';
import { type RolloutLine, recordHead, startsTurn } from '../../domain/rollout/rollout_line.ts';
import type { SessionMeta } from '../../domain/rollout/session_meta.ts';
import { linesOf } from '../lines/line_reader.ts';
import { knownEnd } from '../lines/rollout_bytes.ts';

/**
 * Reads the whole file. That records inside a turn have no ordinal is not broken: Codex shows the turn whole, as soon as a later record has one
 * (0.155 to 0.171). A turn that begins without one is hidden. A fork or a revert goes on from the ordinal up to which it continues another file.
 */
export function readNumbering(file: string, { historyBase }: SessionMeta): Numbering {
  return scan(file, 0, { ...startNumbering(), next: historyBase?.endOrdinal ?? 0 });
}

/** Looks at the end of the file alone, where a record is there. */
export function endsUnnumbered(file: string, meta: SessionMeta): boolean {
  const from = isCompressed(file) ? 0 : Math.max(0, knownEnd(file) - END);
  const end = scan(file, from, startNumbering());
  const isTold = end.highest !== null || end.unnumberedAt !== null;
  return (isTold ? end : readNumbering(file, meta)).unnumberedAt !== null;
}

/** Longer than nearly every record. */
const END = 256 << 10;

function scan(file: string, from: number, numbering: Numbering): Numbering {
  // The first line of an end is rarely whole.
  for (const line of linesOf([{ file, from, to: knownEnd(file) }]))
    if (from === 0 || line.offset > 0) note(numbering, line, from);
  return numbering;
}

function note(numbering: Numbering, { bytes, offset }: RolloutLine, from: number): void {
  if (isBlank(bytes)) return;
  const head = recordHead(bytes);
  if (!head) return addLost(numbering);
  if (head.ordinal !== null || !isNumbered(head) || startsTurn(head)) return addNumber(numbering, head, from + offset, 0);
  // The next one may have its number.
  numbering.unnumberedAt ??= from + offset;
  addLost(numbering);
}
