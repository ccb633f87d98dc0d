/**
 * Bytes `from` (inclusive) to `to` (exclusive) of one rollout file, counted uncompressed. The parts of a transcript, one behind the other,
 * are the session as if one file held it: its own first line, then what it continues (without those files' first lines), then the rest
 * of its own lines. Offsets into that are called logical.
 */
export type Part = { file: string; from: number; to: number };

export const lengthOf = (parts: readonly Part[]): number => parts.reduce((sum, { from, to }) => sum + to - from, 0);

/** Where a logical offset lies. */
export function placeOf(parts: readonly Part[], offset: number): { file: string; offset: number } {
  let before = 0;
  for (const { file, from, to } of parts) {
    if (offset < before + to - from) return { file, offset: from + offset - before };
    before += to - from;
  }
  const last = parts.at(-1);
  return { file: last?.file ?? '', offset: last?.to ?? offset };
}

/** The same stream from a logical offset on. */
export function partsFrom(parts: readonly Part[], offset: number): Part[] {
  let skip = offset;
  return parts.flatMap(({ file, from, to }) => {
    const skipped = Math.min(skip, to - from);
    skip -= skipped;
    return from + skipped < to ? [{ file, from: from + skipped, to }] : [];
  });
}

/** The same stream up to a logical offset. */
export function partsUpTo(parts: readonly Part[], offset: number): Part[] {
  let left = offset;
  return parts.flatMap(({ file, from, to }) => {
    const length = Math.min(left, to - from);
    left -= length;
    return length > 0 ? [{ file, from, to: from + length }] : [];
  });
}
