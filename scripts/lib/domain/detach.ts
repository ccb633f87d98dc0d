import { members } from './json_bytes.ts';
import { readHead } from './rollout_line.ts';
import { type Edit, splice } from './splice.ts';

/**
 * The first line of a file that holds its whole history itself, made from one that continues another rollout: without its `history_base`.
 * `ownFrom`: ordinal of the first line there that the session does not have from its parent.
 */
export function detach(bytes: Buffer, ownFrom: number): Buffer {
  const edits: Edit[] = [];
  const { payloadStart } = readHead(bytes);
  let before = payloadStart + 1;
  for (const { key, keyStart, valueStart, valueEnd } of members(bytes, payloadStart)) {
    // The comma goes with the member: the one in front of it, or behind it where it is the first.
    const isFirst = before === payloadStart + 1;
    if (key === 'history_base' && isFirst) edits.push({ start: keyStart, end: bytes.indexOf(0x2c, valueEnd) + 1, after: '' });
    else if (key === 'history_base') edits.push({ start: before, end: valueEnd, after: '' });
    else if (key === 'forked_from_ordinal_exclusive') edits.push({ start: valueStart, end: valueEnd, after: String(ownFrom) });
    before = valueEnd;
  }
  return splice(bytes, edits);
}
