import { createHash } from 'node:crypto';

/** A Codex thread id: a UUID in lower case. Codex writes version 7, accepts any. */
export type ThreadId = string & { readonly brand: 'ThreadId' };

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export const asThreadId = (text: unknown): ThreadId | null =>
  typeof text === 'string' && UUID.test(text) ? (text as ThreadId) : null;

/**
 * A UUIDv7 that follows from what it names: its time is `milliseconds` since 1970, its random bits are a digest of `seed`.
 * So a dry run shows the very id that the run writes, and the same branch has the same id wherever it is made.
 */
export function deriveThreadId(milliseconds: number, seed: string): ThreadId {
  const time = Number.isFinite(milliseconds) ? Math.min(Math.max(Math.trunc(milliseconds), 0), 2 ** 48 - 1) : 0;
  const random = createHash('sha256').update(seed).digest();
  const bytes = Buffer.alloc(16);
  bytes.writeUIntBE(time, 0, 6);
  random.copy(bytes, 6, 0, 10);
  bytes[6] = 0x70 | ((bytes[6] as number) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] as number) & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-') as ThreadId;
}

/** Milliseconds since 1970 that a UUIDv7 carries. */
export const timeOfThreadId = (id: ThreadId): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
