import { type ByteRange, lengthOf } from '../../domain/rollout/byte_range.ts';
import { CHUNK, giveChunk, takeChunk } from '../open_files/chunks.ts';
import { StreamHash } from '../run/background_hash.ts';
import { stopIfInterrupted } from '../run/interruption.ts';
import { type ByteSource, openBytes } from './rollout_bytes.ts';

type Current = { source: ByteSource; at: number; to: number };

/** The bytes of ranges, one behind the other, as one stream; one file is open at a time. */
export class RangeReader {
  readonly #ranges: ByteRange[];
  #current: Current | null = null;

  constructor(ranges: readonly ByteRange[]) {
    this.#ranges = [...ranges];
    this.#open();
  }

  /** Puts up to `length` bytes into `target` at `at`; 0 at the end. A file that turns out shorter ends its range. */
  read(target: Buffer, at: number, length: number): number {
    stopIfInterrupted();
    for (let current = this.#open(); current; current = this.#open()) {
      const count = current.source.read(target, at, Math.min(length, current.to - current.at));
      current.at += count;
      if (count > 0 || length === 0) return count;
      this.close();
    }
    return 0;
  }

  close(): void {
    this.#current?.source.close();
    this.#current = null;
  }

  #open(): Current | null {
    if (this.#current && this.#current.at < this.#current.to) return this.#current;
    this.close();
    const next = this.#ranges.shift();
    if (next) this.#current = { source: openBytes(next.file, next.from), at: next.from, to: next.to };
    return this.#current;
  }
}

/** The chunk is only valid while `take` runs. */
export function readRanges(ranges: readonly ByteRange[], take: (chunk: Buffer) => void): void {
  const reader = new RangeReader(ranges);
  const buffer = takeChunk();
  try {
    for (let count = reader.read(buffer, 0, CHUNK); count > 0; count = reader.read(buffer, 0, CHUNK))
      take(buffer.subarray(0, count));
  } finally {
    giveChunk(buffer);
    reader.close();
  }
}

/** Digest of ranges, one behind the other. */
export function digestRanges(ranges: readonly ByteRange[]): string {
  const hash = new StreamHash(lengthOf(ranges));
  readRanges(ranges, (chunk) => hash.update(chunk));
  return hash.digest();
}
