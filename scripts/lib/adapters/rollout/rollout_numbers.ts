// How the records of a rollout file that lies here are numbered.

import { isCompressed } from '../../domain/ids/rollout_name.ts';
import { isBlank } from '../../domain/json/json_bytes.ts';
import { addLost, addNumber, type Numbering, startNumbering } from '../../domain/rollout/numbering.ts';
import { type RolloutLine, recordHead } from '../../domain/rollout/rollout_line.ts';
import type { SessionMeta } from '../../domain/rollout/session_meta.ts';
import { LineReader } from '../lines/line_reader.ts';
import { knownEnd } from '../lines/rollout_bytes.ts';

/** Reads the whole file. A fork or a revert goes on from the ordinal up to which it continues another file. */
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
  const reader = new LineReader([{ file, from, to: knownEnd(file) }]);
  try {
    // The first line of an end is rarely whole.
    if (from > 0) reader.next();
    for (let line = reader.next(); line; line = reader.next()) note(numbering, line, from);
    return numbering;
  } finally {
    reader.close();
  }
}

function note(numbering: Numbering, { bytes, offset }: RolloutLine, from: number): void {
  if (isBlank(bytes)) return;
  const head = recordHead(bytes);
  if (head) addNumber(numbering, head, from + offset, 0);
  else addLost(numbering);
}
