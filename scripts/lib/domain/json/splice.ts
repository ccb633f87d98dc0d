/** The bytes from `start` to `end` become `after`. */
export type Edit = { start: number; end: number; after: string };

/** The same bytes except for the edits, which come in the order of the bytes and do not overlap (invariant 7). */
export function splice(bytes: Buffer, edits: readonly Edit[]): Buffer {
  const growth = edits.reduce((sum, { start, end, after }) => sum + Buffer.byteLength(after) - (end - start), 0);
  const spliced = Buffer.allocUnsafe(bytes.length + growth);
  let from = 0;
  let to = 0;
  for (const { start, end, after } of edits) {
    to += bytes.copy(spliced, to, from, start);
    to += spliced.write(after, to);
    from = end;
  }
  bytes.copy(spliced, to, from);
  return spliced;
}
