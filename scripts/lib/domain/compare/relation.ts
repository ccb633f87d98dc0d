// How two transcripts relate, in numbers.

import { type LineHead, type RolloutLine, startsTurn } from '../rollout/rollout_line.ts';
import { canonicalDigest } from './canonical_line.ts';

/** Lines (or turns) that both sides have, and that only one has. */
export type Sides = { shared: number; local_only: number; incoming_only: number };

export type Relation = {
  lines: Sides;
  turns: Sides;
  /** Shared lines that only one conversation can have. Zero: nothing is proven, whatever the ids say. */
  sharedHistory: number;
  /** Shared lines that a fork on either side has from its parent: they prove kinship only between sessions of one id. */
  sharedInherited: number;
  /** Lines of that side beyond the shared ones that are more than bookkeeping. */
  localAhead: number;
  incomingAhead: number;
  /** Byte offset in the incoming file from which a fast-forward appends. */
  incomingResumesAt: number;
  /** The first line that only the incoming side has and that is more than bookkeeping: names a branch. */
  firstIncomingOnly: { offset: number; timestamp: string | null; digest: string } | null;
  /** Byte offset of the first local line beyond the shared ones that is more than bookkeeping. */
  firstLocalOnlyAt: number | null;
  /** Compared by what both forms of a history say (`relateForms`). */
  acrossForms: boolean;
  /** Across forms: what incoming has more begins where a turn is over, so it can be added as it is. */
  resumesWithTurn: boolean;
};

export const emptyRelation = (): Relation => ({
  lines: { shared: 0, local_only: 0, incoming_only: 0 },
  turns: { shared: 0, local_only: 0, incoming_only: 0 },
  sharedHistory: 0,
  sharedInherited: 0,
  localAhead: 0,
  incomingAhead: 0,
  incomingResumesAt: 0,
  firstIncomingOnly: null,
  firstLocalOnlyAt: null,
  acrossForms: false,
  resumesWithTurn: true,
});

/** Where one side is read. */
type Cursor = { line: RolloutLine | null; head: LineHead; isInherited(): boolean; advance(): void };

/** Counts the line that both are at, and goes on. `isHistory`: only one conversation can have it. */
export function countShared(relation: Relation, local: Cursor, incoming: Cursor, isHistory: boolean): void {
  relation.lines.shared++;
  if (startsTurn(incoming.head)) relation.turns.shared++;
  if (isHistory) relation[local.isInherited() || incoming.isInherited() ? 'sharedInherited' : 'sharedHistory']++;
  relation.incomingResumesAt = (incoming.line as RolloutLine).end;
  local.advance();
  incoming.advance();
}

/** `isAhead`: it is more than bookkeeping. */
export function countLocal(relation: Relation, local: Cursor, isAhead: boolean): void {
  relation.lines.local_only++;
  if (startsTurn(local.head)) relation.turns.local_only++;
  if (isAhead) {
    relation.localAhead++;
    relation.firstLocalOnlyAt ??= (local.line as RolloutLine).offset;
  }
  local.advance();
}

export function countIncoming(relation: Relation, incoming: Cursor, isAhead: boolean): void {
  const { offset, bytes } = incoming.line as RolloutLine;
  relation.lines.incoming_only++;
  if (startsTurn(incoming.head)) relation.turns.incoming_only++;
  if (isAhead) {
    relation.incomingAhead++;
    relation.firstIncomingOnly ??= { offset, timestamp: incoming.head.timestamp, digest: canonicalDigest(bytes) };
  }
  incoming.advance();
}
