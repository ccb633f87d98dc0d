// How two transcripts of one conversation relate: pure, by content, in one pass over both.

import { isBlank } from '../json/json_bytes.ts';
import { findFault, isRecord } from '../json/json_faults.ts';
import type { Localization } from '../localize/localization.ts';
import { localizeLine } from '../localize/localize_line.ts';
import { type LineWeight, weigh } from '../rollout/line_weight.ts';
import { headOf, type LineHead, type LineSource, type RolloutLine } from '../rollout/rollout_line.ts';
import { isInherited, parseSessionMeta, type SessionMeta } from '../rollout/session_meta.ts';
import { isSameLine } from './canonical_line.ts';
import { countIncoming, countLocal, countShared, emptyRelation, type Relation } from './relation.ts';

/** A cursor over one side that knows how much each line weighs. */
class Side {
  readonly #source: LineSource;
  #meta: SessionMeta | null = null;
  #lineNumber = 0;
  line: RolloutLine | null = null;
  weight: LineWeight = 'preamble';
  head: LineHead = { kind: '', timestamp: null, ordinal: null, payloadStart: -1 };

  constructor(source: LineSource) {
    this.#source = source;
    this.advance();
  }

  /** Also true of what is no record: no reader takes it for a line. */
  isBookkeeping(): boolean {
    return this.weight === 'bookkeeping' || (this.line !== null && !isRecord(this.line.bytes));
  }

  saysWhoItIs(): boolean {
    return this.#meta !== null;
  }

  isInherited(): boolean {
    return this.#meta !== null && isInherited(this.#meta, this.head);
  }

  advance(): void {
    do this.line = this.#source.next();
    while (this.line && isBlank(this.line.bytes));
    // A torn last line is not there yet.
    if (this.line && !this.line.closed && findFault(this.line.bytes)) this.line = null;
    if (!this.line) return;
    this.head = headOf(this.line);
    if (this.#lineNumber === 0 && this.head.kind === 'session_meta') this.#meta = parseSessionMeta(this.line.bytes, this.head);
    this.weight = weigh(this.line.bytes, this.head, this.#lineNumber++ === 0);
  }
}

/**
 * Counts what the two share and what each has alone. Bookkeeping lines that only one side has are stepped over, so that a thread
 * that was merely opened on one machine still lines up; every other difference ends the shared part for good. `localization` is how an
 * earlier sync will have spelled the incoming lines locally: it only makes the comparison faster.
 */
export function relate(localSource: LineSource, incomingSource: LineSource, localization: Localization | null = null): Relation {
  const relation = emptyRelation();
  const local = new Side(localSource);
  const incoming = new Side(incomingSource);
  // Who a session is stands in its first line, and a revert writes that anew: alike or not, it proves nothing.
  if (local.saysWhoItIs() && incoming.saysWhoItIs()) countShared(relation, local, incoming, incoming.weight === 'history');
  while (local.line && incoming.line) {
    if (isSame(local, incoming, localization)) countShared(relation, local, incoming, incoming.weight === 'history');
    else if (local.isBookkeeping()) countLocal(relation, local, false);
    else if (incoming.isBookkeeping()) countIncoming(relation, incoming, false);
    else break;
  }
  while (local.line) countLocal(relation, local, !local.isBookkeeping());
  while (incoming.line) countIncoming(relation, incoming, !incoming.isBookkeeping());
  return relation;
}

function isSame(local: Side, incoming: Side, localization: Localization | null): boolean {
  const [localBytes, incomingBytes] = [(local.line as RolloutLine).bytes, (incoming.line as RolloutLine).bytes];
  if (localBytes.equals(incomingBytes)) return true;
  if (local.head.kind !== incoming.head.kind) return false;
  const { ordinal } = local.head;
  const isSpelled = localization !== null && isLocalized(localBytes, incomingBytes, incoming.head, ordinal, localization);
  return isSpelled || isSameLine(localBytes, incomingBytes);
}

/** More edits than this in one line are compared in the canonical form. */
const MOST_EDITS = 16;

/**
 * True where the local line is the incoming one as this localization spells it. Looks no further than where the two differ: the rest of
 * the line, mostly output, is compared as it is.
 */
function isLocalized(
  local: Buffer,
  incoming: Buffer,
  head: LineHead,
  ordinal: number | null,
  localization: Localization,
): boolean {
  let spelled = incoming;
  for (let edits = 0, until = -1; edits < MOST_EDITS; edits++) {
    const difference = firstDifference(local, spelled) - (spelled.length - incoming.length);
    if (difference <= until) return false;
    until = difference;
    spelled = localizeLine(incoming, head, localization, ordinal, until);
    if (spelled.equals(local)) return true;
  }
  return false;
}

function firstDifference(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a[at] === b[at]) at++;
  return at;
}
