// A scanner over the bytes of one JSON text. Lines are compared, measured and spliced without turning them into objects,
// because re-serialising changes bytes (1.0 becomes 1, large integers lose digits, keys may move): invariant 7.

import { StringInterner } from './string_interner.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** serde_json, which Codex reads with, refuses the 128th level; what nests that deep is no record to any Codex. */
export const MAX_DEPTH = 127;

/** `torn`: the text ends inside a value, as a writer leaves it that was stopped. `malformed`: no continuation could mend it. */
export type JsonFault = { kind: 'torn' | 'malformed'; at: number };

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

function atomEnd(bytes: Buffer, from: number): number {
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
  KEYS.of(bytes, start + 1, end - 1) ?? textOf(bytes, start, end);

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

const EXPECT_VALUE = 0;
const EXPECT_VALUE_OR_END = 1;
const EXPECT_KEY = 2;
const EXPECT_KEY_OR_END = 3;
const AFTER_VALUE = 4;

/**
 * Checks that the bytes are one JSON object and nothing else; null where they are.
 * String contents are not looked at (Codex writes them, escapes are checked by whoever reads the value).
 */
export function findFault(bytes: Buffer): JsonFault | null {
  const start = skipSpace(bytes, 0);
  if (bytes[start] !== OPEN_BRACE) return { kind: start === bytes.length ? 'torn' : 'malformed', at: start };
  const isObjectAt: boolean[] = [true];
  let expect = EXPECT_KEY_OR_END;
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x20 || byte === 0x09 || byte === 0x0d) continue;
    if (byte === QUOTE) {
      const isKey = expect === EXPECT_KEY || expect === EXPECT_KEY_OR_END;
      if (!isKey && expect === AFTER_VALUE) return { kind: 'malformed', at };
      at = stringEnd(bytes, at);
      if (at < 0) return { kind: 'torn', at: bytes.length };
      if (isKey) {
        at = skipSpace(bytes, at);
        if (at >= bytes.length) return { kind: 'torn', at };
        if (bytes[at] !== COLON) return { kind: 'malformed', at };
        expect = EXPECT_VALUE;
      } else {
        at--;
        expect = AFTER_VALUE;
      }
    } else if (byte === COMMA) {
      if (expect !== AFTER_VALUE) return { kind: 'malformed', at };
      expect = isObjectAt.at(-1) ? EXPECT_KEY : EXPECT_VALUE;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      const open = isObjectAt.pop();
      const closesRight =
        open === (byte === CLOSE_BRACE) &&
        (expect === AFTER_VALUE || expect === (open ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END));
      if (!closesRight) return { kind: 'malformed', at };
      expect = AFTER_VALUE;
      if (isObjectAt.length === 0) return onlySpaceAfter(bytes, at + 1);
    } else if (expect !== EXPECT_VALUE && expect !== EXPECT_VALUE_OR_END) {
      return { kind: 'malformed', at };
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (isObjectAt.push(byte === OPEN_BRACE) > MAX_DEPTH) return { kind: 'malformed', at };
      expect = byte === OPEN_BRACE ? EXPECT_KEY_OR_END : EXPECT_VALUE_OR_END;
    } else {
      const end = atomEnd(bytes, at);
      if (end === bytes.length) return { kind: 'torn', at: end };
      if (!isAtom(bytes, at, end)) return { kind: 'malformed', at };
      at = end - 1;
      expect = AFTER_VALUE;
    }
  }
  return { kind: 'torn', at: bytes.length };
}

/** True of what every reader takes for one JSON object, as far as its frame tells: NUL bytes, which a power cut leaves, are in none. */
export const isRecord = (bytes: Buffer): boolean => !bytes.includes(0) && findFault(bytes) === null;

/**
 * The same, and the contents of strings as well: what no strict reader takes for one JSON object is a fault. It costs a full parse, so
 * it is for the one line that decides whether anybody can open the rest.
 */
export function findStrictFault(bytes: Buffer): JsonFault | null {
  const fault = findFault(bytes);
  if (fault) return fault;
  try {
    const text = bytes.toString('utf8');
    JSON.parse(text, SURROGATE.test(text) ? refuseHalves : undefined);
    return null;
  } catch {
    return { kind: 'malformed', at: 0 };
  }
}

/** An escape that could be half of a pair; few first lines have one. */
const SURROGATE = /\\u[dD][89a-fA-F]/;

/** Half a surrogate pair is no text to a strict reader. */
function refuseHalves(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && /\p{Surrogate}/u.test(value)) throw new SyntaxError('half a surrogate pair');
  return value;
}

function onlySpaceAfter(bytes: Buffer, from: number): JsonFault | null {
  const at = skipSpace(bytes, from);
  return at === bytes.length ? null : { kind: 'malformed', at };
}

const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

function isAtom(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 16 && isDigits(bytes, start, end)) return true;
  const text = bytes.toString('latin1', start, end);
  return text === 'true' || text === 'false' || text === 'null' || NUMBER.test(text);
}

function isDigits(bytes: Buffer, start: number, end: number): boolean {
  if (bytes[start] === 0x30) return end === start + 1;
  for (let at = start; at < end; at++) {
    const byte = bytes[at] as number;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}
