// JSON texts whose strings are cut to a length. A document of ours that an older version made larger than can be held is read through this.

import { BACKSLASH, QUOTE } from './json_syntax.ts';

const LETTER_U = 0x75;

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

/** Takes the bytes of a text piece by piece. No escape and no character is cut in two. */
export class StringCutter {
  readonly #most: number;
  #inString = false;
  #isCut = false;
  #count = 0;
  /** Bytes that an escape still has. */
  #escaped = 0;
  #isAfterBackslash = false;

  /** `most`: bytes of a string that stay, but for the end of its last character. */
  constructor(most: number) {
    this.#most = most;
  }

  take(bytes: Buffer): Buffer {
    const kept = Buffer.allocUnsafe(bytes.length);
    const [quotes, backslashes] = [new Finder(bytes, QUOTE), new Finder(bytes, BACKSLASH)];
    let length = 0;
    for (let at = 0; at < bytes.length; at++) {
      // Nearly all that there is to read is what is cut off.
      if (this.#isCut && this.#escaped === 0) at = Math.min(quotes.from(at), backslashes.from(at));
      const byte = bytes[at];
      if (byte !== undefined && this.#keeps(byte)) kept[length++] = byte;
    }
    return kept.subarray(0, length);
  }

  #keeps(byte: number): boolean {
    if (!this.#inString) {
      this.#inString = byte === QUOTE;
      this.#isCut = false;
      this.#count = 0;
      return true;
    }
    if (this.#escaped > 0) this.#goOn(byte);
    else if (byte === QUOTE) return this.#end();
    else if (!isContinuation(byte)) this.#begin(byte);
    this.#count++;
    return !this.#isCut;
  }

  #begin(byte: number): void {
    if (this.#count >= this.#most) this.#isCut = true;
    this.#isAfterBackslash = byte === BACKSLASH;
    this.#escaped = this.#isAfterBackslash ? 1 : 0;
  }

  #goOn(byte: number): void {
    this.#escaped = this.#isAfterBackslash && byte === LETTER_U ? 4 : this.#escaped - 1;
    this.#isAfterBackslash = false;
  }

  #end(): true {
    this.#inString = false;
    this.#isCut = false;
    return true;
  }
}

/** Where a byte comes next; each stretch is searched once. */
class Finder {
  readonly #bytes: Buffer;
  readonly #byte: number;
  #next = -1;

  constructor(bytes: Buffer, byte: number) {
    this.#bytes = bytes;
    this.#byte = byte;
  }

  /** The length where there is none. */
  from(at: number): number {
    if (this.#next < at) this.#next = this.#bytes.indexOf(this.#byte, at);
    if (this.#next < 0) this.#next = this.#bytes.length;
    return this.#next;
  }
}
