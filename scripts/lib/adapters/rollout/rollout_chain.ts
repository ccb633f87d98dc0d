// What a rollout continues: forks and reverts of paginated sessions hold only their own lines (Codex 0.146+) and name, by byte offset and
// ordinal, the part of another rollout that comes before. An installer that spells lines anew moves the offsets, so ordinals decide.

import { SyncError } from '../../domain/codes/errors.ts';
import type { ByteRange } from '../../domain/json/byte_range.ts';
import { isBlank } from '../../domain/json/json_bytes.ts';
import { findFault, findStrictFault } from '../../domain/json/json_faults.ts';
import { refusalOfFirstLine } from '../../domain/rollout/first_line_faults.ts';
import { headOf, type RolloutLine } from '../../domain/rollout/rollout_line.ts';
import { type HistoryBase, parseSessionMeta, type SessionMeta } from '../../domain/rollout/session_meta.ts';
import { linesOf } from '../lines/line_reader.ts';
import { contentSize, knownEnd } from '../lines/rollout_bytes.ts';

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

/** The first line of a rollout and the offset behind it; null where that is no session_meta or cannot be read. */
export function readFirstLine(file: string): FirstLine | null {
  const size = knownEnd(file);
  return unlessDamaged(
    () =>
      readOpening(file, Math.min(size, USUAL_FIRST_LINE)) ??
      (size > USUAL_FIRST_LINE ? readOpening(file, Math.min(size, MAX_FIRST_LINE)) : null),
  );
}

type FirstLine = { meta: SessionMeta; end: number };

/** Instructions make it some 20 kB; more is only read where that is not enough. */
const USUAL_FIRST_LINE = 64 << 10;
/** It has no images; a longer one is not believed to continue anything. */
export const MAX_FIRST_LINE = 8 << 20;

function unlessDamaged<Read>(read: () => Read): Read | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof SyncError && error.code === 'malformed_rollout') return null;
    throw error;
  }
}

/** Why Codex, or this tool, leaves a session with this first line alone; null where it takes it. */
export function faultOfFirstLine(file: string): string | null {
  const line = unlessDamaged(() => openingLine(file, Math.min(knownEnd(file), MAX_FIRST_LINE)));
  if (!line || headOf(line).kind !== 'session_meta' || findStrictFault(line.bytes))
    return 'its first line is not a readable session_meta';
  return refusalOfFirstLine(line.bytes, parseSessionMeta(line.bytes, headOf(line)))?.reason ?? null;
}

/** The first line that holds something. */
function openingLine(file: string, limit: number): RolloutLine | null {
  for (const line of linesOf(file, { limit })) if (!isBlank(line.bytes)) return { ...line, bytes: Buffer.from(line.bytes) };
  return null;
}

function readOpening(file: string, limit: number): FirstLine | null {
  const line = openingLine(file, limit);
  if (!line || headOf(line).kind !== 'session_meta' || findStrictFault(line.bytes)) return null;
  return { meta: parseSessionMeta(line.bytes, headOf(line)), end: line.end };
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
