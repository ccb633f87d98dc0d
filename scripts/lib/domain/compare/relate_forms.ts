// How two transcripts relate where one of them was written anew in another form: by what both forms say, line by line.

import { headOf, type LineHead, type LineSource, type RolloutLine, startsTurn } from '../rollout/rollout_line.ts';
import { isInherited, parseSessionMeta, type SessionMeta } from '../rollout/session_meta.ts';
import { endsTurn, neutralLine } from './history_form.ts';
import { countIncoming, countLocal, countShared, emptyRelation, type Relation } from './relation.ts';
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
      countShared(relation, local, incoming, true);
    } else if (local.isReverted()) local.advance();
    else if (incoming.isReverted()) incoming.advance();
    else break;
  }
  while (local.line)
    if (local.isReverted()) local.advance();
    else countLocal(relation, local, true);
  // What was taken back locally does not come back by going on from it elsewhere.
  if (isGone && incoming.line) relation.localAhead++;
  while (incoming.line) {
    if (incoming.isReverted()) incoming.advance();
    else {
      if (!relation.firstIncomingOnly) resumeAt(relation, incoming, isTurnOver);
      countIncoming(relation, incoming, true);
    }
  }
  return relation;
}

function resumeAt(relation: Relation, { line, head }: NeutralSide, isTurnOver: boolean): void {
  relation.incomingResumesAt = (line as RolloutLine).offset;
  relation.resumesWithTurn = isTurnOver || startsTurn(head);
}
