/**
 * Bytes `from` (inclusive) to `to` (exclusive) of one rollout file, counted uncompressed. The ranges of a transcript, one behind the other,
 * are the session as if one file held it: its own first line, then what it continues (without those files' first lines), then the rest
 * of its own lines. Offsets into that are called logical.
 */
export type ByteRange = { file: string; from: number; to: number };

export const lengthOf = (ranges: readonly ByteRange[]): number => ranges.reduce((sum, { from, to }) => sum + to - from, 0);

/** Where a logical offset lies. */
export function placeOf(ranges: readonly ByteRange[], offset: number): { file: string; offset: number } {
  let before = 0;
  for (const { file, from, to } of ranges) {
    if (offset < before + to - from) return { file, offset: from + offset - before };
    before += to - from;
  }
  const last = ranges.at(-1);
  return { file: last?.file ?? '', offset: last?.to ?? offset };
}

/** The same stream from a logical offset on. */
export function rangesFrom(ranges: readonly ByteRange[], offset: number): ByteRange[] {
  let skip = offset;
  return ranges.flatMap(({ file, from, to }) => {
    const skipped = Math.min(skip, to - from);
    skip -= skipped;
    return from + skipped < to ? [{ file, from: from + skipped, to }] : [];
  });
}

/** The same stream up to a logical offset. */
export function rangesUpTo(ranges: readonly ByteRange[], offset: number): ByteRange[] {
  let left = offset;
  return ranges.flatMap(({ file, from, to }) => {
    const length = Math.min(left, to - from);
    left -= length;
    return length > 0 ? [{ file, from, to: from + length }] : [];
  });
}
