// Values that somebody else spelled: anything may be in the place of anything.

export type JsonObject = Record<string, unknown>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Empty for any other value. */
export const asObject = (value: unknown): JsonObject => (isObject(value) ? value : {});

/** Null where the text is not one JSON object. */
export function parseObject(text: string): JsonObject | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** The payload of a line of a rollout; null where it is not an object, or the line is not. */
export function parsePayload(line: Buffer): JsonObject | null {
  const payload = parseObject(line.toString('utf8'))?.payload;
  return isObject(payload) ? payload : null;
}
