// Whether a damaged transcript has anything left that an undamaged one does not have.

import { isBlank } from '../json/json_bytes.ts';
import { findFault, isRecord } from '../json/json_faults.ts';
import { weigh } from '../rollout/line_weight.ts';
import { headOf, type LineSource, type RolloutLine } from '../rollout/rollout_line.ts';
import { isSameLine } from './canonical_line.ts';

/** `isDamaged`: a line of the local side is no record, and incoming has another one there. `isContained`: incoming has all records of the local side, in their order. */
export type Remnant = { isDamaged: boolean; isContained: boolean };

/** The first record that says who a session is, is looked at by who asks. What Codex adds by merely opening a session is in nobody's way. */
export function findRemnant(local: LineSource, incoming: LineSource): Remnant {
  const found: Remnant = { isDamaged: false, isContained: true };
  let other = nextOf(incoming);
  for (let line = nextOf(local), isFirst = true; line; line = nextOf(local), isFirst = false) {
    if (other?.bytes.equals(line.bytes)) other = nextOf(incoming);
    else if (!isRecord(line.bytes)) found.isDamaged = true;
    else if (isFirst && headOf(line).kind === 'session_meta') continue;
    else if (weigh(line.bytes, headOf(line), isFirst) !== 'bookkeeping') {
      while (other && !isSameLine(line.bytes, other.bytes)) other = nextOf(incoming);
      if (!other) return { ...found, isContained: false };
      other = nextOf(incoming);
    }
  }
  return found;
}

/** A torn last line is not there. */
function nextOf(source: LineSource): RolloutLine | null {
  for (let line = source.next(); line; line = source.next()) {
    if (isBlank(line.bytes)) continue;
    return !line.closed && findFault(line.bytes) ? null : line;
  }
  return null;
}
