// What a rollout continues: forks and reverts of paginated sessions hold only their own lines (Codex 0.146+) and name, by byte offset and
// ordinal, the part of another rollout that comes before. An installer that spells lines anew moves the offsets, so ordinals decide.

import { unlessDamaged } from '../../domain/codes/errors.ts';
import { findFault } from '../../domain/json/json_faults.ts';
import type { ByteRange } from '../../domain/rollout/byte_range.ts';
import { headOf } from '../../domain/rollout/rollout_line.ts';
import type { HistoryBase, SessionMeta } from '../../domain/rollout/session_meta.ts';
import { linesOf } from '../lines/line_reader.ts';
import { contentSize, knownEnd } from '../lines/rollout_bytes.ts';
import { readFirstLine } from './first_line.ts';

/** `isTrusted`: the ordinals of the file are those that the `history_base` counts by, even where its offset does not fit. */
export type FoundRollout = { file: string; isTrusted(base: HistoryBase): boolean };
export type FindRollout = (rolloutId: string) => FoundRollout | null;

/** `ownFrom`: the ordinal that the session's first own line gets where all ranges are numbered anew, as one file. */
export type Chain =
  | { ranges: ByteRange[]; ownFrom: number; fault: null }
  | { ranges: null; fault: { reason: string; where: string } };

/** All ranges of the transcript that the file ends, or why they are not all there. */
export function resolveChain(file: string, find: FindRollout): Chain {
  const size = knownEnd(file);
  const first = readFirstLine(file);
  if (!first?.meta.historyBase)
    return { ranges: [{ file, from: 0, to: size }], ownFrom: first?.meta.ownFromOrdinal ?? 0, fault: null };
  const ranges: ByteRange[] = [{ file, from: first.end, to: size }];
  const bases: HistoryBase[] = [];
  for (let base: HistoryBase | null = first.meta.historyBase, from = file; base; ) {
    const found = find(base.rolloutId);
    if (!found) return broken(from, base, 'which is neither in the package nor on this machine');
    const continued: Continued | string = readContinued(found, base);
    if (typeof continued === 'string') return broken(from, base, continued);
    if (ranges.some((range) => range.file === found.file)) return broken(from, base, 'which continues it');
    ranges.unshift(continued.range);
    if (ranges.length > MAX_CHAIN) return broken(from, base, `and so on, over more than ${MAX_CHAIN} files`);
    bases.push(base);
    from = continued.range.file;
    base = continued.meta.historyBase;
  }
  const whole = [{ file, from: 0, to: first.end }, ...ranges.filter((range) => range.file === file || range.from < range.to)];
  return { ranges: whole, ownFrom: renumbered(first.meta.ownFromOrdinal, bases), fault: null };
}

/** Every revert adds one. */
const MAX_CHAIN = 1000;

const broken = (where: string, { rolloutId }: HistoryBase, why: string): Chain => ({
  ranges: null,
  fault: { reason: `it continues rollout ${rolloutId || '(unnamed)'}, ${why}`, where },
});

/** The first lines of all files but the first are left out; each had the ordinal up to which its file continues another one. */
const renumbered = (ordinal: number, bases: HistoryBase[]): number =>
  ordinal - bases.filter(({ endOrdinal }) => endOrdinal < ordinal).length;

type Continued = { range: ByteRange; meta: SessionMeta };

/** What is continued of a rollout, or what is wrong with it. */
function readContinued(found: FoundRollout, base: HistoryBase): Continued | string {
  return unlessDamaged(() => continuedPart(found, base)) ?? 'which cannot be read';
}

function continuedPart(found: FoundRollout, base: HistoryBase): Continued | string {
  const first = readFirstLine(found.file);
  if (first?.meta.historyMode !== 'paginated') return 'which is not a paginated one';
  const to = findCut(found, base, first.end);
  if (to === null) return `up to ordinal ${base.endOrdinal}, which it does not have`;
  return { range: { file: found.file, from: first.end, to }, meta: first.meta };
}

/** The offset behind the last line that is continued: the recorded one where it is right, else the one that the ordinals give. */
function findCut({ file, isTrusted }: FoundRollout, base: HistoryBase, firstLineEnd: number): number | null {
  if (isCut(file, base)) return base.endOffset;
  return isTrusted(base) ? findOrdinal(file, base.endOrdinal, firstLineEnd) : null;
}

/** A line ends there, and the next one, if there is one, has the ordinal that is excluded. Records that were not written to their end are passed over, as Codex does. */
function isCut(file: string, { endOffset, endOrdinal }: HistoryBase): boolean {
  const size = knownEnd(file);
  if (!Number.isSafeInteger(endOffset) || endOffset < 1 || endOffset > size) return false;
  for (const line of linesOf([{ file, from: endOffset - 1, to: size }])) {
    if (line.offset === 0 && line.bytes.length !== 0) return false;
    if (line.offset > 0 && !findFault(line.bytes)) return headOf(line).ordinal === endOrdinal;
  }
  return true;
}

/** Offset of the first line with that ordinal or a higher one, or the end of the file where the last line comes right before it. */
function findOrdinal(file: string, wanted: number, from: number): number | null {
  const size = contentSize(file);
  let last = -1;
  for (const line of linesOf([{ file, from, to: size }])) {
    if (!line.closed) break;
    const { ordinal } = headOf(line);
    if (ordinal !== null && ordinal >= wanted) return from + line.offset;
    last = ordinal ?? last;
  }
  return last === wanted - 1 ? size : null;
}
