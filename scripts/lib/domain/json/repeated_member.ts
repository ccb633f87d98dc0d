import { elements, isArray, isObject, members, skipSpace } from './json_bytes.ts';

/** The name of a member that an object of this well-formed JSON has twice, at any depth: readers differ in which one they take. */
export function repeatedMember(bytes: Buffer, at = skipSpace(bytes, 0)): string | null {
  if (isArray(bytes, at))
    return firstOf(
      [...elements(bytes, at)].map(({ start }) => start),
      bytes,
    );
  if (!isObject(bytes, at)) return null;
  const seen = new Set<string>();
  for (const { key, valueStart } of members(bytes, at)) {
    const repeated = seen.has(key) ? key : repeatedMember(bytes, valueStart);
    if (repeated !== null) return repeated;
    seen.add(key);
  }
  return null;
}

function firstOf(starts: number[], bytes: Buffer): string | null {
  for (const start of starts) {
    const repeated = repeatedMember(bytes, start);
    if (repeated !== null) return repeated;
  }
  return null;
}
