// What one pass over a transcript tells: its identity, its size in lines and turns, what in it could go wrong.

import { isBlank, isObject } from '../json/json_bytes.ts';
import { findFault, findStrictFault, isRecord } from '../json/json_faults.ts';
import { asObject, parsePayload } from '../json/json_value.ts';
import { because, type Reason } from '../reasons/reason.ts';
import { refusalOfFirstLine } from '../rollout/first_line_faults.ts';
import { weigh } from '../rollout/line_weight.ts';
import { addLost, addNumber, type Numbering, startNumbering } from '../rollout/numbering.ts';
import { movedOn, NO_RIGHTS, type RightsPlaces } from '../rollout/rights_places.ts';
import {
  isEncrypted,
  type LineHead,
  type LineSource,
  type RolloutLine,
  readFramed,
  readHead,
  startsTurn,
} from '../rollout/rollout_line.ts';
import { isInherited, parseSessionMeta, type SessionMeta } from '../rollout/session_meta.ts';
import { canonicalDigest } from './canonical_line.ts';

/** Where and why a transcript cannot be taken; `at` is a byte offset in its file. */
export type TranscriptFault = Reason & { at: number };

export type Transcript = {
  meta: SessionMeta | null;
  /** Complete lines. A torn last line is not there yet (`tornAt` says where it begins). */
  lines: number;
  turns: number;
  encryptedItems: number;
  bytes: number;
  lastOrdinal: number | null;
  /** Digest of the first line that only this conversation can have; null before its first turn. */
  root: string | null;
  firstUserMessage: string;
  lastTimestamp: string | null;
  tornAt: number | null;
  /** Lines that are no JSON object, as a kill or a power cut leaves them: every Codex skips them, and they are carried through. */
  skippedLines: number;
  /** Byte offset of the first of them. */
  skippedAt: number | null;
  /** Byte offset of the first line of a paginated rollout that is not UTF-8: Codex before 0.151 refuses the file. */
  notUtf8At: number | null;
  /** Byte offset of a session_meta behind the first turn of a paginated rollout: the model is sent nothing that stands before it. */
  restartsAt: number | null;
  numbering: Numbering;
  rightsPlaces: RightsPlaces;
  fault: TranscriptFault | null;
};

/** Reads the source to its end, or to the first line that nobody should import. `before`: what the whole lines in front of it told. */
export function readTranscript(
  source: LineSource,
  check: { isUtf8(bytes: Buffer): boolean },
  before: Transcript | null = null,
): Transcript {
  const transcript = before ? { ...before, numbering: { ...before.numbering } } : emptyTranscript();
  for (let line = source.next(); line; line = source.next()) {
    transcript.bytes = line.end;
    if (isBlank(line.bytes)) continue;
    // The first line decides whether Codex opens any of it: its frame alone is not believed.
    const head = line.closed && transcript.lines > 0 ? readFramed(line.bytes) : null;
    transcript.fault = faultOf(line, head !== null, transcript, check);
    if (transcript.fault || transcript.tornAt !== null) break;
    if (transcript.lines > 0 && isSkipped(line.bytes, head !== null)) skipLine(transcript, line);
    else addLine(transcript, line, head ?? readHead(line.bytes));
    if (transcript.fault) break;
  }
  if (!transcript.fault && !transcript.meta)
    transcript.fault = { ...because('malformed_rollout', 'it has no session_meta line'), at: 0 };
  return transcript;
}

const emptyTranscript = (): Transcript => ({
  meta: null,
  lines: 0,
  turns: 0,
  encryptedItems: 0,
  bytes: 0,
  lastOrdinal: null,
  root: null,
  firstUserMessage: '',
  lastTimestamp: null,
  tornAt: null,
  skippedLines: 0,
  skippedAt: null,
  notUtf8At: null,
  restartsAt: null,
  numbering: startNumbering(),
  rightsPlaces: NO_RIGHTS,
  fault: null,
});

function faultOf(
  line: RolloutLine,
  isFramed: boolean,
  transcript: Transcript,
  check: { isUtf8(bytes: Buffer): boolean },
): TranscriptFault | null {
  const { bytes, offset } = line;
  const isFirst = transcript.lines === 0;
  const fault = isFramed ? null : (isFirst ? findStrictFault : findFault)(bytes);
  if (fault && !line.closed) {
    transcript.tornAt = offset;
    return null;
  }
  if (isFirst && fault) return { ...because('malformed_rollout', 'the first line is not a JSON object'), at: offset + fault.at };
  if (check.isUtf8(bytes)) return null;
  transcript.notUtf8At ??= offset;
  const isRefused = isFirst || transcript.meta?.historyMode !== 'paginated';
  const refusal = because('malformed_rollout', 'a line is not valid UTF-8, so Codex cannot open the session');
  return isRefused ? { ...refusal, at: offset } : null;
}

/** A frame is believed but for NUL bytes in it: no JSON has them. */
const isSkipped = (bytes: Buffer, isFramed: boolean): boolean => (isFramed ? bytes.includes(0) : !isRecord(bytes));

function skipLine(transcript: Transcript, { offset }: RolloutLine): void {
  transcript.skippedLines++;
  transcript.skippedAt ??= offset;
  transcript.lines++;
  addLost(transcript.numbering);
}

function addLine(transcript: Transcript, { bytes, offset }: RolloutLine, head: LineHead): void {
  if (transcript.lines === 0) readIdentity(transcript, bytes, head, offset);
  if (transcript.fault) return;
  if (head.kind === 'session_meta' && transcript.turns > 0 && transcript.meta?.historyMode === 'paginated')
    transcript.restartsAt ??= offset;
  addNumber(transcript.numbering, head, offset, transcript.meta?.ownFromOrdinal ?? 0);
  transcript.lastOrdinal = head.ordinal ?? transcript.lastOrdinal;
  transcript.lastTimestamp = head.timestamp ?? transcript.lastTimestamp;
  if (startsTurn(head)) transcript.turns++;
  transcript.rightsPlaces = movedOn(transcript.rightsPlaces, offset, head);
  if (isEncrypted(bytes, head)) transcript.encryptedItems++;
  if (transcript.root === null && isOwnHistory(transcript, bytes, head)) transcript.root = canonicalDigest(bytes);
  if (transcript.firstUserMessage === '') transcript.firstUserMessage = userMessageOf(bytes, head);
  transcript.lines++;
}

/** What a fork inherited is its parent's, and names the parent's conversation. */
const isOwnHistory = ({ meta, lines }: Transcript, bytes: Buffer, head: LineHead): boolean =>
  weigh(bytes, head, lines === 0) === 'history' && !(meta && isInherited(meta, head));

function readIdentity(transcript: Transcript, bytes: Buffer, head: LineHead, offset: number): void {
  if (head.kind !== 'session_meta' || !isObject(bytes, head.payloadStart)) {
    transcript.fault = { ...because('malformed_rollout', 'the first line is not a session_meta'), at: offset };
    return;
  }
  transcript.meta = parseSessionMeta(bytes, head);
  const refusal = refusalOfFirstLine(bytes, transcript.meta);
  transcript.fault = refusal && { ...refusal, at: offset };
}

/** The user's words, where the line is the first place that has them (legacy: user_message; paginated: the UserMessage item). */
function userMessageOf(bytes: Buffer, head: LineHead): string {
  if (head.kind === 'event_msg/user_message') return textIn(parsePayload(bytes)?.message);
  if (head.kind !== 'event_msg/item_completed') return '';
  const { type, content } = asObject(parsePayload(bytes)?.item);
  if (type !== 'UserMessage' || !Array.isArray(content)) return '';
  return content
    .map((part) => textIn(asObject(part).text))
    .join(' ')
    .trim();
}

/** A package may have anything in the place of a text. */
const textIn = (value: unknown): string => (typeof value === 'string' ? value : '');
