// The ordinals of a paginated rollout. Codex 0.153 shows no turn at all where they do not count from 0 without a gap; later ones lose
// what is numbered twice or lower than before; all refuse a file whose last record has none (tests/real-codex/what_codex_opens.md, Numbers).

import type { LineHead } from './rollout_line.ts';

/** As far as the lines were read. Part of what a sync notes of a transcript, so it is plain JSON. */
export type Numbering = {
  /** The ordinal that the next record should have. */
  next: number;
  /** The highest so far; null where none has one. */
  highest: number | null;
  /** Lines since the last record that no Codex reads: each may have taken a number with it. */
  lost: number;
  /** Byte offset of the first record whose ordinal is not the one that it should have; null where all have it. */
  brokenAt: number | null;
  /** Byte offset of the first of the last records, where those have none; null where the last one has one. */
  unnumberedAt: number | null;
  /** Records with an ordinal below that of `ownFrom`, counted: what `ownFrom` becomes where all are numbered anew. */
  before: number;
};

export const startNumbering = (): Numbering => ({
  next: 0,
  highest: null,
  lost: 0,
  brokenAt: null,
  unnumberedAt: null,
  before: 0,
});

const TYPES =
  /^(?:session_meta|response_item|event_msg|turn_context|compacted|world_state|token_usage_record|inter_agent_communication)/;

/** True of what a Codex that writes ordinals numbers. What it does not know has none, or brought its own. */
export const isNumbered = (head: LineHead): boolean => head.ordinal !== null || TYPES.test(head.kind);

export function addNumber(numbering: Numbering, head: LineHead, offset: number, ownFrom: number): void {
  if (!isNumbered(head)) return addLost(numbering);
  const { ordinal } = head;
  const isRight = ordinal !== null && ordinal >= numbering.next && ordinal <= numbering.next + numbering.lost;
  if (!isRight) numbering.brokenAt ??= offset;
  if (ordinal === null || ordinal < ownFrom) numbering.before++;
  numbering.unnumberedAt = ordinal === null ? (numbering.unnumberedAt ?? offset) : null;
  if (ordinal !== null) numbering.highest = Math.max(ordinal, numbering.highest ?? 0);
  numbering.next = (ordinal ?? numbering.next) + 1;
  numbering.lost = 0;
}

export function addLost(numbering: Numbering): void {
  numbering.lost++;
}
