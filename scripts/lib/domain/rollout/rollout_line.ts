// What one line of a rollout is. Only the head of a line is read: Codex writes timestamp, ordinal, type, payload in that order
// (observed 0.98 to 0.169), and other orders are found as well, only slower.

import { isObject, isString, members, skipSpace, textOf } from '../json/json_bytes.ts';
import { isRecord } from '../json/json_faults.ts';
import { StringInterner } from '../json/string_interner.ts';

/** One record of a rollout. `bytes` excludes the newline and is valid until the next line is pulled. */
export type RolloutLine = {
  bytes: Buffer;
  /** Byte offset of the line's first byte in its file. */
  offset: number;
  /** Byte offset just past the line and its newline. */
  end: number;
  /** False for a last line that no newline closes. */
  closed: boolean;
  /** Read once, by whoever asks first. */
  head?: LineHead;
};

/** The head of a line, read at most once. */
export const headOf = (line: RolloutLine): LineHead => (line.head ??= readHead(line.bytes));

/** A pull source of lines, in file order; null at the end. */
export type LineSource = { next(): RolloutLine | null };

/** What the head of a line says. `kind` is `type`, or `type/payload.type` where the payload has one. */
export type LineHead = { kind: string; timestamp: string | null; ordinal: number | null; payloadStart: number };

/** Stands for every ordinal that a double does not hold: one that nothing can be counted on from. */
const BEYOND = Number.MAX_SAFE_INTEGER + 1;

const TYPES = new StringInterner();
/** Lines of these types say more in their payload. */
const PAYLOAD_KINDS = new Map(['event_msg', 'response_item'].map((type) => [type, new StringInterner(`${type}/`)]));

export function readHead(bytes: Buffer): LineHead {
  return withPayloadType(bytes, readCodexHead(bytes) ?? readAnyHead(bytes));
}

function withPayloadType(bytes: Buffer, head: LineHead): LineHead {
  const kinds = PAYLOAD_KINDS.get(head.kind);
  if (kinds && isObject(bytes, head.payloadStart))
    head.kind = quickKind(bytes, head.payloadStart, kinds) ?? `${head.kind}/${stringMember(bytes, head.payloadStart, 'type')}`;
  return head;
}

const TIMESTAMP = Buffer.from('{"timestamp":"');
const ORDINAL = Buffer.from(',"ordinal":');
const TYPE = Buffer.from(',"type":"');
const PAYLOAD = Buffer.from('","payload":');
const PAYLOAD_TYPE = Buffer.from('{"type":"');

/** The head exactly as Codex spells it, which nearly every line of a large rollout has; null for any other spelling. */
function readCodexHead(bytes: Buffer): LineHead | null {
  if (!startsWith(bytes, TIMESTAMP, 0)) return null;
  const timestampEnd = plainTextEnd(bytes, TIMESTAMP.length);
  let at = timestampEnd + 1;
  let ordinal: number | null = null;
  if (startsWith(bytes, ORDINAL, at)) {
    ordinal = 0;
    for (at += ORDINAL.length; isDigit(bytes[at]); at++) ordinal = ordinal * 10 + ((bytes[at] as number) - 0x30);
  }
  if (timestampEnd < 0 || !startsWith(bytes, TYPE, at)) return null;
  const typeEnd = plainTextEnd(bytes, at + TYPE.length);
  if (typeEnd < 0 || !startsWith(bytes, PAYLOAD, typeEnd)) return null;
  // A record without a number in front may have it at its very end.
  if (ordinal === null && isDigit(bytes[bytes.length - 2])) return null;
  return {
    kind: TYPES.intern(bytes, at + TYPE.length, typeEnd) as string,
    timestamp: bytes.toString('latin1', TIMESTAMP.length, timestampEnd),
    ordinal: ordinal === null ? null : Math.min(ordinal, BEYOND),
    payloadStart: skipSpace(bytes, typeEnd + PAYLOAD.length),
  };
}

/**
 * The head of a line that is framed as Codex frames its records: its own head, and the braces of payload and record at the end; null
 * otherwise. Such a line needs no full parse to be carried through; a torn, zeroed or foreign line is never framed like that.
 */
export function readFramed(bytes: Buffer): LineHead | null {
  const isClosed = bytes[bytes.length - 1] === 0x7d && bytes[bytes.length - 2] === 0x7d;
  const head = isClosed ? readCodexHead(bytes) : null;
  return head && withPayloadType(bytes, head);
}

/** The head of a line that Codex reads as a record, as far as its frame tells; null of any other, which it skips. */
export function recordHead(bytes: Buffer): LineHead | null {
  if (bytes.includes(0)) return null;
  return readFramed(bytes) ?? (isRecord(bytes) ? readHead(bytes) : null);
}

function startsWith(bytes: Buffer, text: Buffer, at: number): boolean {
  for (let index = 0; index < text.length; index++) if (bytes[at + index] !== text[index]) return false;
  return true;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x30 && byte <= 0x39;

/** Index of the quote that ends a short text without escapes; -1 where there is none near. */
function plainTextEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < from + 64; at++) {
    const byte = bytes[at];
    if (byte === 0x22) return at;
    if (byte === undefined || byte === 0x5c || byte >= 0x80) return -1;
  }
  return -1;
}

/** Where the type is the payload's first member, as Codex writes it. */
function quickKind(bytes: Buffer, payloadStart: number, kinds: StringInterner): string | null {
  if (!startsWith(bytes, PAYLOAD_TYPE, payloadStart)) return null;
  const start = payloadStart + PAYLOAD_TYPE.length;
  const end = plainTextEnd(bytes, start);
  return end < 0 ? null : kinds.intern(bytes, start, end);
}

function readAnyHead(bytes: Buffer): LineHead {
  const head: LineHead = { kind: '', timestamp: null, ordinal: null, payloadStart: -1 };
  for (const { key, valueStart, valueEnd } of members(bytes, skipSpace(bytes, 0))) {
    if (key === 'timestamp' && isString(bytes, valueStart)) head.timestamp = textOf(bytes, valueStart, valueEnd);
    else if (key === 'ordinal') head.ordinal = integerAt(bytes, valueStart, valueEnd);
    else if (key === 'type' && isString(bytes, valueStart)) head.kind = textOf(bytes, valueStart, valueEnd);
    else if (key === 'payload') head.payloadStart = valueStart;
  }
  return head;
}

/** Text of the string member `key` of the object at `from`; empty where there is none. */
export function stringMember(bytes: Buffer, from: number, key: string): string {
  for (const member of members(bytes, from)) {
    if (member.key === key) return isString(bytes, member.valueStart) ? textOf(bytes, member.valueStart, member.valueEnd) : '';
  }
  return '';
}

function integerAt(bytes: Buffer, start: number, end: number): number | null {
  const text = bytes.toString('latin1', start, end);
  // Codex takes neither `8.0` nor `8e0` nor `-8` for an ordinal, and skips such a line.
  return /^(?:0|[1-9]\d*)$/.test(text) ? Math.min(Number(text), BEYOND) : null;
}

/** What a thread is set to: model, folder, rights. Codex writes one whenever that changes (0.144+). */
export const SETTINGS = 'event_msg/thread_settings_applied';

/** A turn is counted where Codex starts one (all versions write task_started). */
export const startsTurn = (head: LineHead): boolean => head.kind === 'event_msg/task_started';

const CAN_BE_ENCRYPTED = new Set(['response_item/reasoning', 'response_item/compaction', 'compacted']);
const ENCRYPTED = Buffer.from('"encrypted_content":"');
const ENCRYPTED_SPACED = Buffer.from('"encrypted_content": "');

/** True for an item that only the account it was made under can use (encrypted reasoning, remote compaction). */
export const isEncrypted = (bytes: Buffer, head: LineHead): boolean =>
  CAN_BE_ENCRYPTED.has(head.kind) && (bytes.includes(ENCRYPTED) || bytes.includes(ENCRYPTED_SPACED));
