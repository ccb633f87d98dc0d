import fs from 'node:fs';
import type { Part } from '../domain/part.ts';

/** The bytes of parts, one behind the other, as one stream; one file is open at a time. */
export class PartReader {
  readonly #parts: Part[];
  #current: { handle: number; at: number; to: number } | null = null;

  constructor(parts: readonly Part[]) {
    this.#parts = [...parts];
    this.#open();
  }

  /** Puts up to `length` bytes into `target` at `at`; 0 at the end. A file that turns out shorter ends its part. */
  read(target: Buffer, at: number, length: number): number {
    for (let current = this.#open(); current; current = this.#open()) {
      const count = fs.readSync(current.handle, target, at, Math.min(length, current.to - current.at), current.at);
      current.at += count;
      if (count > 0 || length === 0) return count;
      this.close();
    }
    return 0;
  }

  close(): void {
    if (this.#current) fs.closeSync(this.#current.handle);
    this.#current = null;
  }

  #open(): { handle: number; at: number; to: number } | null {
    if (this.#current && this.#current.at < this.#current.to) return this.#current;
    this.close();
    const next = this.#parts.shift();
    if (next) this.#current = { handle: fs.openSync(next.file, 'r'), at: next.from, to: next.to };
    return this.#current;
  }
}
