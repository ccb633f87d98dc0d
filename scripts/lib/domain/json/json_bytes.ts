// A scanner over the bytes of one JSON text. Lines are compared, measured and spliced without turning them into objects,
// because re-serialising changes bytes (1.0 becomes 1, large integers lose digits, keys may move): invariant 7.

import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json_syntax.ts';
import { StringInterner } from './string_interner.ts';

export function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0d && byte !== 0x0a) break;
    at++;
  }
  return at;
}

/** True of a line of nothing but white space: every reader passes it over. */
export const isBlank = (bytes: Buffer): boolean =>
  bytes.length === 0 || ((bytes[0] as number) <= 0x20 && skipSpace(bytes, 0) === bytes.length);

/** Up to here a loop in JavaScript beats a call into native code; compiler output has an escaped quote every few dozen bytes. */
const NEAR = 64;

/** Index just past the closing quote of the string that opens at `from`; -1 where it never closes. */
export function stringEnd(bytes: Buffer, from: number): number {
  for (let at = from + 1; at < bytes.length; ) {
    const near = Math.min(bytes.length, at + NEAR);
    for (; at < near; at++) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) at++;
    }
    const quote = bytes.indexOf(QUOTE, at);
    if (quote < 0) return -1;
    if (slashesBefore(bytes, quote, at) % 2 === 0) return quote + 1;
    at = quote + 1;
  }
  return -1;
}

/** How many backslashes stand right before `quote`; none before `from` counts, where an escape has just ended. */
function slashesBefore(bytes: Buffer, quote: number, from: number): number {
  let count = 0;
  while (quote - 1 - count >= from && bytes[quote - 1 - count] === BACKSLASH) count++;
  return count;
}

/**
 * Index just past the value at `from`, trusting that the text is well-formed; the text's length where it is torn, or where an object
 * or array goes on behind `until`, from which on nobody wants to know.
 */
export function valueEnd(bytes: Buffer, from: number, until = bytes.length): number {
  const first = bytes[from];
  if (first === QUOTE) return orEnd(bytes, stringEnd(bytes, from));
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) return atomEnd(bytes, from);
  let depth = 0;
  for (let at = from; at < bytes.length && at <= until; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = orEnd(bytes, stringEnd(bytes, at)) - 1;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return bytes.length;
}

const orEnd = (bytes: Buffer, at: number): number => (at < 0 ? bytes.length : at);

export function atomEnd(bytes: Buffer, from: number): number {
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === COMMA || byte === CLOSE_BRACE || byte === CLOSE_BRACKET || byte <= 0x20) break;
  }
  return at;
}

export type Member = { key: string; keyStart: number; keyEnd: number; valueStart: number; valueEnd: number };

/** The members of the object that opens at `from` and begin at or before `until`, in the order of the text; ends early where it is torn. */
export function* members(bytes: Buffer, from: number, until = bytes.length): Generator<Member> {
  let at = skipSpace(bytes, from + 1);
  while (bytes[at] === QUOTE && at <= until) {
    const keyStart = at;
    const keyEnd = stringEnd(bytes, at);
    if (keyEnd < 0) return;
    const valueStart = skipSpace(bytes, skipSpace(bytes, keyEnd) + 1);
    if (valueStart >= bytes.length) return;
    const end = valueEnd(bytes, valueStart, until);
    yield { key: keyText(bytes, keyStart, keyEnd), keyStart, keyEnd, valueStart, valueEnd: end };
    at = skipSpace(bytes, end);
    if (bytes[at] !== COMMA) return;
    at = skipSpace(bytes, at + 1);
  }
}

const KEYS = new StringInterner();
const keyText = (bytes: Buffer, start: number, end: number): string =>
  KEYS.intern(bytes, start + 1, end - 1) ?? textOf(bytes, start, end);

/** Start and end of every element of the array that opens at `from`. */
export function* elements(bytes: Buffer, from: number): Generator<{ start: number; end: number }> {
  let at = skipSpace(bytes, from + 1);
  while (at < bytes.length && bytes[at] !== CLOSE_BRACKET) {
    const end = valueEnd(bytes, at);
    yield { start: at, end };
    at = skipSpace(bytes, end);
    if (bytes[at] !== COMMA) return;
    at = skipSpace(bytes, at + 1);
  }
}

export const isObject = (bytes: Buffer, at: number): boolean => bytes[at] === OPEN_BRACE;
export const isArray = (bytes: Buffer, at: number): boolean => bytes[at] === OPEN_BRACKET;
export const isString = (bytes: Buffer, at: number): boolean => bytes[at] === QUOTE;

/** The text of the JSON string that spans `start` to `end`, quotes included; the raw text where an escape in it is broken. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  const raw = bytes.toString('utf8', start + 1, end - 1);
  if (!raw.includes('\\')) return raw;
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return raw;
  }
}
