// A rollout is copied block by block. Most of a large one is output that holds no path of a rule; it passes as it is, without being cut
// into lines. Only lines in which something could change are looked at.

import { NEWLINE } from '../json/json_syntax.ts';
import { isNumbered } from '../rollout/numbering.ts';
import { recordHead } from '../rollout/rollout_line.ts';
import type { Localization } from './localization.ts';
import { localizeLine } from './localize_line.ts';
import { needlesOf } from './needles.ts';

/** One copy: what changes in it, and the ordinal that its next line gets (null: each keeps its own, or has none; else a record without one gets one). */
export class LocalizedCopy {
  readonly #localization: Localization;
  readonly #needles: readonly Buffer[] | null;
  #nextOrdinal: number | null;

  constructor(localization: Localization, nextOrdinal: number | null) {
    this.#localization = localization;
    this.#nextOrdinal = nextOrdinal;
    // Where lines are numbered anew, every one of them changes.
    this.#needles = nextOrdinal === null ? needlesOf(localization) : null;
  }

  /** Ordinal of the line that would come next; null where lines are not numbered anew. */
  get nextOrdinal(): number | null {
    return this.#nextOrdinal;
  }

  /** One line without its newline, as it is locally: the very buffer where nothing changes. What begins behind `until` cannot change. */
  line(bytes: Buffer, until = bytes.length): Buffer {
    // What no Codex reads is carried through as it is, and takes no number.
    const head = recordHead(bytes);
    if (!head) return bytes;
    const ordinal = isNumbered(head) ? this.#nextOrdinal : null;
    if (ordinal !== null) this.#nextOrdinal = ordinal + 1;
    return localizeLine(bytes, head, this.#localization, ordinal, until);
  }

  /** The pieces that a block of whole lines becomes. */
  *block(block: Buffer): Generator<Buffer> {
    let passed = 0;
    for (const { start, end, until } of concernedLines(block, this.#needles)) {
      const before = block.subarray(start, end);
      const after = this.line(before, until - start);
      if (after === before) continue;
      yield block.subarray(passed, start);
      yield after;
      passed = end;
    }
    yield block.subarray(passed);
  }
}

/** A line of the block without its newline; `until` is where its last needle begins. */
type ConcernedLine = { start: number; end: number; until: number };

/** The lines that hold one of the needles, in order; all lines where there are no needles to go by. */
function* concernedLines(block: Buffer, needles: readonly Buffer[] | null): Generator<ConcernedLine> {
  if (needles === null) return yield* everyLine(block);
  const next = needles.map((needle) => block.indexOf(needle));
  for (;;) {
    const hit = next.reduce((first, at) => (at >= 0 && (first < 0 || at < first) ? at : first), -1);
    if (hit < 0) return;
    const start = block.lastIndexOf(NEWLINE, hit) + 1;
    const end = lineEnd(block, hit);
    let until = hit;
    for (let index = 0; index < needles.length; index++) {
      let at = next[index] as number;
      for (; at >= 0 && at < end; at = block.indexOf(needles[index] as Buffer, at + 1)) until = Math.max(until, at);
      next[index] = at;
    }
    yield { start, end, until };
  }
}

function* everyLine(block: Buffer): Generator<ConcernedLine> {
  for (let start = 0; start < block.length; ) {
    const end = lineEnd(block, start);
    yield { start, end, until: end };
    start = end + 1;
  }
}

const lineEnd = (block: Buffer, from: number): number => {
  const newline = block.indexOf(NEWLINE, from);
  return newline < 0 ? block.length : newline;
};
