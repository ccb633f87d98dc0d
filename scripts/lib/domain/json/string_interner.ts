// Keys and kinds of lines are the same few hundred words, millions of times over. To make a text of bytes costs as much as to look at a
// whole short line; to compare bytes with the text that they made last time costs a tenth of it, and such a text has its hash already.

import { BACKSLASH } from './json_syntax.ts';

const LONGEST = 64;
/** Few enough for the processor's cache. A hostile file that never says a word twice is only as slow as without. */
const PLACES = 1024;

/** Texts that were made of bytes before, each behind `prefix`. */
export class StringInterner {
  readonly #prefix: string;
  readonly #known = new Array<string>(PLACES).fill('');

  constructor(prefix = '') {
    this.#prefix = prefix;
  }

  /** The text that the bytes are; null of one that is long, not ASCII, or has a backslash: it takes more to tell what that says. */
  intern(bytes: Buffer, start: number, end: number): string | null {
    if (end - start > LONGEST) return null;
    let hash = 0;
    for (let at = start; at < end; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x80 || byte === BACKSLASH) return null;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    const place = hash & (PLACES - 1);
    const known = this.#known[place] as string;
    if (isSpelled(known, this.#prefix.length, bytes, start, end)) return known;
    const text = this.#prefix + bytes.toString('latin1', start, end);
    this.#known[place] = text;
    return text;
  }
}

function isSpelled(text: string, from: number, bytes: Buffer, start: number, end: number): boolean {
  if (text.length - from !== end - start) return false;
  for (let at = start; at < end; at++) if (text.charCodeAt(from + at - start) !== bytes[at]) return false;
  return true;
}
