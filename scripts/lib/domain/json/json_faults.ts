// Whether bytes are one JSON object, without making an object of them: every line of every rollout is asked.

import { atomEnd, skipSpace, stringEnd } from './json_bytes.ts';
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './json_syntax.ts';

/** serde_json, which Codex reads with, refuses the 128th level; what nests that deep is no record to any Codex. */
export const MAX_DEPTH = 127;

/** `torn`: the text ends inside a value, as a writer leaves it that was stopped. `malformed`: no continuation could repair it. */
export type JsonFault = { kind: 'torn' | 'malformed'; at: number };

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

/** True of a JSON text that nests deeper than Codex reads; recursive readers would run out of stack on it. */
export function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at) - 1;
      if (at < 0) return false;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--;
  }
  return false;
}
