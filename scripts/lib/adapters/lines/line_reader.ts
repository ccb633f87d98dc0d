import { SyncError } from '../../domain/codes/errors.ts';
import { NEWLINE } from '../../domain/json/json_syntax.ts';
import { type ByteRange, lengthOf, placeOf, rangesFrom } from '../../domain/rollout/byte_range.ts';
import type { LineSource, RolloutLine } from '../../domain/rollout/rollout_line.ts';
import { CHUNK, giveChunk, takeChunk } from '../open_files/chunks.ts';
import { StreamHash } from '../run/background_hash.ts';
import { RangeReader } from './range_reader.ts';
import { knownEnd } from './rollout_bytes.ts';

/** V8 copies into memory that threads share by words only where the source lies on a word; else byte by byte, four times as slow. */
const WORD = 8;
/** A single record beyond this is refused rather than held: memory stays bounded. Codex writes images of some 20 MB at most. */
export const MAX_LINE_BYTES = 64 << 20;

/** `offset`: where to begin. `limit`: a file is read as if it ended there. `hash`: from an offset on, one that has taken what lies before. */
export type LineOptions = { offset?: number; limit?: number; hash?: boolean | StreamHash };

/** The lines of a file or of ranges, each valid until the next; closed where the loop ends, however it does. */
export function* linesOf(
  source: string | readonly ByteRange[],
  options: LineOptions = {},
): Generator<RolloutLine, void, undefined> {
  const reader = new LineReader(source, options);
  try {
    for (let line = reader.next(); line; line = reader.next()) yield line;
  } finally {
    reader.close();
  }
}

/** For work that pulls the lines itself, or asks for their digest. */
export function withLines<Result>(
  source: string | readonly ByteRange[],
  work: (reader: LineReader) => Result,
  options: LineOptions = {},
): Result {
  const reader = new LineReader(source, options);
  try {
    return work(reader);
  } finally {
    reader.close();
  }
}

/** Lines of a file or of ranges of several, split on byte 0x0A alone, with one chunk (or the longest line) in memory. Close it when done early. */
export class LineReader implements LineSource {
  readonly #ranges: readonly ByteRange[];
  readonly #source: RangeReader;
  readonly #hash: StreamHash | null;
  #buffer = takeChunk();
  /** What of the buffer is read and not yet given out. */
  #start = 0;
  #filled = 0;
  /** Logical offset of `#start`. */
  #offset: number;
  #open = true;

  /** Offsets are those of the file, or logical ones of the ranges. */
  constructor(source: string | readonly ByteRange[], options: LineOptions = {}) {
    this.#ranges = typeof source === 'string' ? [{ file: source, from: 0, to: options.limit ?? knownEnd(source) }] : source;
    this.#offset = options.offset ?? 0;
    this.#source = new RangeReader(rangesFrom(this.#ranges, this.#offset));
    this.#hash = options.hash === true ? new StreamHash(lengthOf(this.#ranges)) : options.hash || null;
  }

  next(): RolloutLine | null {
    let searched = this.#start;
    for (;;) {
      const newline = this.#buffer.subarray(0, this.#filled).indexOf(NEWLINE, searched);
      if (newline >= 0) return this.#take(newline, 1);
      const unread = this.#filled - this.#start;
      if (!this.#fill()) return unread > 0 ? this.#take(this.#filled, 0) : this.#end();
      searched = this.#start + unread;
    }
  }

  /** As many whole lines as are at hand, newlines included; a last line that no newline closes comes alone from `next`. */
  nextBlock(): Buffer | null {
    for (;;) {
      const last = this.#buffer.subarray(this.#start, this.#filled).lastIndexOf(NEWLINE);
      if (last >= 0) {
        const block = this.#buffer.subarray(this.#start, this.#start + last + 1);
        this.#start += block.length;
        this.#offset += block.length;
        return block;
      }
      if (!this.#fill()) return null;
    }
  }

  /** Digest of all bytes; reads what is left. */
  digest(): string {
    do this.#start = this.#filled;
    while (this.#fill());
    this.close();
    return (this.#hash as StreamHash).digest();
  }

  close(): void {
    if (!this.#open) return;
    this.#source.close();
    giveChunk(this.#buffer);
    this.#open = false;
  }

  #take(end: number, newline: 0 | 1): RolloutLine {
    if (end - this.#start > MAX_LINE_BYTES) throw this.#tooLong();
    const bytes = this.#buffer.subarray(this.#start, end);
    const offset = this.#offset;
    this.#start = end + newline;
    this.#offset += bytes.length + newline;
    return { bytes, offset, end: this.#offset, closed: newline === 1 };
  }

  #end(): null {
    if (!this.#hash) this.close();
    return null;
  }

  /** Reads one more chunk behind what is unread; false at the end of the file. */
  #fill(): boolean {
    if (!this.#open) return false;
    const unread = this.#filled - this.#start;
    if (unread > MAX_LINE_BYTES) throw this.#tooLong();
    const at = Math.ceil(unread / WORD) * WORD;
    if (this.#buffer.length - at < CHUNK / 2) this.#grow(unread);
    this.#buffer.copy(this.#buffer, at - unread, this.#start, this.#filled);
    this.#start = at - unread;
    this.#filled = at;
    const count = this.#source.read(this.#buffer, at, this.#buffer.length - at);
    this.#hash?.update(this.#buffer.subarray(at, at + count));
    this.#filled += count;
    return count > 0;
  }

  #grow(unread: number): void {
    // The last step goes all the way: one more buffer of nearly that size would be garbage at once.
    const doubled = Math.max(2 * CHUNK, unread * 2);
    const larger = Buffer.allocUnsafe(doubled >= MAX_LINE_BYTES / 2 ? MAX_LINE_BYTES + CHUNK : doubled);
    this.#buffer.copy(larger, 0, this.#start, this.#filled);
    this.#buffer = larger;
    this.#start = 0;
    this.#filled = unread;
  }

  #tooLong(): SyncError {
    this.close();
    const { file, offset } = placeOf(this.#ranges, this.#offset);
    return new SyncError('malformed_rollout', `A line is longer than ${MAX_LINE_BYTES >> 20} MiB.`, {
      where: `${file} at byte ${offset}`,
    });
  }
}
