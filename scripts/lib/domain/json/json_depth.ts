import { MAX_DEPTH, stringEnd } from './json_bytes.ts';

/** True of a JSON text that nests deeper than Codex reads; recursive readers would run out of stack on it. */
export function isTooDeep(bytes: Buffer): boolean {
  let depth = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === 0x22) {
      at = stringEnd(bytes, at) - 1;
      if (at < 0) return false;
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth--;
  }
  return false;
}
