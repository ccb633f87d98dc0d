// Reads what is to be published, in stretches of at most one piece.

import { SyncError } from '../../domain/codes/errors.ts';
import type { Piece } from '../../domain/exchange/commit.ts';
import { findFault } from '../../domain/json/json_faults.ts';
import { LINE_END, NEWLINE } from '../../domain/json/json_syntax.ts';
import type { ByteRange } from '../../domain/rollout/byte_range.ts';
import { MAX_LINE_BYTES } from '../lines/line_reader.ts';
import { RangeReader } from '../lines/range_reader.ts';
import { type PackWriter, PIECE_BYTES } from './packs.ts';

/** `read`: bytes of the range that were taken. */
export type Packed = { pieces: Piece[]; read: number };

/** All bytes of the range, the first as byte `at` of the content. */
export async function packBytes(range: ByteRange, at: number, packs: PackWriter): Promise<Packed> {
  const packed: Packed = { pieces: [], read: 0 };
  for (const chunk of chunksOf(range)) {
    packed.pieces.push(await packs.add(chunk, at + packed.read));
    packed.read += chunk.length;
  }
  return packed;
}

/** Its whole lines. A last one without a newline is whole where it can be read, and gets one; else it is left for the next time. */
export async function packLines(range: ByteRange, at: number, packs: PackWriter): Promise<Packed> {
  const packed: Packed = { pieces: [], read: 0 };
  let added = 0;
  const add = async (bytes: Buffer): Promise<void> => {
    for (let start = 0; start < bytes.length; start += PIECE_BYTES) {
      const piece = bytes.subarray(start, start + PIECE_BYTES);
      packed.pieces.push(await packs.add(piece, at + added));
      added += piece.length;
    }
  };
  let begun: Buffer[] = [];
  for (const chunk of chunksOf(range)) {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const lines = begun.length > 0 ? Buffer.concat([...begun, chunk.subarray(0, end)]) : chunk.subarray(0, end);
      await add(lines);
      packed.read += lines.length;
      begun = [];
    }
    if (end < chunk.length) begun.push(chunk.subarray(end));
    requireReadable(begun, range.file);
  }
  const last = Buffer.concat(begun);
  if (last.length > 0 && !findFault(last)) {
    await add(Buffer.concat([last, LINE_END]));
    packed.read += last.length;
  }
  return packed;
}

function requireReadable(begun: readonly Buffer[], file: string): void {
  if (begun.reduce((sum, { length }) => sum + length, 0) <= MAX_LINE_BYTES) return;
  throw new SyncError('malformed_rollout', `a line is longer than ${MAX_LINE_BYTES >> 20} MiB`, { where: file });
}

/** Full ones, but for the last. Each is a buffer of its own. */
function* chunksOf(range: ByteRange): Generator<Buffer> {
  const reader = new RangeReader([range]);
  try {
    for (;;) {
      const chunk = Buffer.allocUnsafe(PIECE_BYTES);
      let filled = 0;
      for (let count = -1; count !== 0 && filled < PIECE_BYTES; filled += count)
        count = reader.read(chunk, filled, PIECE_BYTES - filled);
      if (filled > 0) yield filled < PIECE_BYTES / 2 ? Buffer.from(chunk.subarray(0, filled)) : chunk.subarray(0, filled);
      if (filled < PIECE_BYTES) return;
    }
  } finally {
    reader.close();
  }
}
