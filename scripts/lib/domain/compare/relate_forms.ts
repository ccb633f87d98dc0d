// How two transcripts relate where one of them was written anew in another form: by what both forms say, line by line.

import { headOf, type LineHead, type LineSource, type RolloutLine, startsTurn } from '../rollout/rollout_line.ts';
import { isInherited, parseSessionMeta, type SessionMeta } from '../rollout/session_meta.ts';
import { canonicalDigest } from './canonical_line.ts';
import { endsTurn, neutralLine } from './history_form.ts';
import { emptyRelation, type Relation } from './lineage.ts';
import { findRevertedTurns, type RevertedSpan } from './reverted_turns.ts';

/** Gives the lines of one transcript from the first on, each time it is called. */
export type OpenTranscript = () => LineSource;

/** The lines of one side that the other form has as well. */
class NeutralSide {
  readonly #source: LineSource;
  readonly #reverted: RevertedSpan[];
  #meta: SessionMeta | null = null;
  line: RolloutLine | null = null;
  text: string | null = null;

  constructor(open: OpenTranscript) {
    this.#reverted = findRevertedTurns(open());
    this.#source = open();
    this.advance();
  }

  get head(): LineHead {
    return headOf(this.line as RolloutLine);
  }

  isInherited(): boolean {
    return this.#meta !== null && isInherited(this.#meta, this.head);
  }

  /** A migration leaves such a turn out. */
  isReverted(): boolean {
    const { offset } = this.line as RolloutLine;
    return this.#reverted.some(({ from, to }) => from <= offset && offset < to);
  }

  advance(): void {
    do {
      this.line = this.#source.next();
      if (this.line && !this.line.closed) this.line = null;
      if (this.line && !this.#meta && this.head.kind === 'session_meta')
        this.#meta = parseSessionMeta(this.line.bytes, this.head);
      this.text = this.line && neutralLine(this.line.bytes, this.head);
    } while (this.line && this.text === null);
  }
}

/**
 * Counts only lines that both forms have. An append begins with the first such line that local lacks; `resumesWithTurn` says whether the
 * turn before is over there (very old Codex did not write that: then a turn must start): only so nothing is said twice or left out.
 */
export function relateForms(openLocal: OpenTranscript, openIncoming: OpenTranscript): Relation {
  const relation: Relation = { ...emptyRelation(), acrossForms: true };
  const local = new NeutralSide(openLocal);
  const incoming = new NeutralSide(openIncoming);
  let [isTurnOver, isGone] = [true, false];
  while (local.line && incoming.line) {
    if (local.text === incoming.text) {
      isTurnOver = endsTurn(incoming.head);
      isGone = local.isReverted();
      countShared(relation, local, incoming);
    } else if (local.isReverted()) local.advance();
    else if (incoming.isReverted()) incoming.advance();
    else break;
  }
  for (; local.line; local.advance()) if (!local.isReverted()) countLocal(relation, local);
  // What was taken back here does not come back by going on from it there.
  if (isGone && incoming.line) relation.localAhead++;
  for (; incoming.line; incoming.advance()) if (!incoming.isReverted()) countIncoming(relation, incoming, isTurnOver);
  return relation;
}

function countShared(relation: Relation, local: NeutralSide, incoming: NeutralSide): void {
  relation.lines.shared++;
  if (startsTurn(incoming.head)) relation.turns.shared++;
  if (local.isInherited() || incoming.isInherited()) relation.sharedInherited++;
  else relation.sharedHistory++;
  relation.incomingResumesAt = (incoming.line as RolloutLine).end;
  local.advance();
  incoming.advance();
}

function countLocal(relation: Relation, local: NeutralSide): void {
  relation.lines.local_only++;
  relation.localAhead++;
  if (startsTurn(local.head)) relation.turns.local_only++;
  relation.firstLocalOnlyAt ??= (local.line as RolloutLine).offset;
}

function countIncoming(relation: Relation, incoming: NeutralSide, isTurnOver: boolean): void {
  const { offset, bytes } = incoming.line as RolloutLine;
  relation.lines.incoming_only++;
  relation.incomingAhead++;
  if (startsTurn(incoming.head)) relation.turns.incoming_only++;
  if (relation.firstIncomingOnly) return;
  relation.firstIncomingOnly = { offset, timestamp: incoming.head.timestamp, digest: canonicalDigest(bytes) };
  relation.incomingResumesAt = offset;
  relation.resumesWithTurn = isTurnOver || startsTurn(incoming.head);
}
