// Reads a commit. Hostile until checked (invariant 6): a name in it never becomes a path, a number is one, and what does not fit is told.

import { isImageName } from '../attachments/generated_image.ts';
import { isCompressed, parseRolloutName } from '../ids/rollout_name.ts';
import { asThreadId } from '../ids/thread_id.ts';
import { asObject, type JsonObject, parseObject } from '../json/json_value.ts';
import type { Row } from '../operation/operation.ts';
import { type Commit, type CommitHeader, type Content, type ContinuedEntry, EXCHANGE_VERSION, type Piece } from './commit.ts';
import { isHash, isMachineId } from './place_layout.ts';

/** What is wrong with a commit; the first fault is enough, nothing of it is taken. */
export class CommitFault extends Error {}

function require(condition: boolean, what: string): asserts condition {
  if (!condition) throw new CommitFault(what);
}

/**
 * `text`: UTF-8, the header in the first line, then one session a line. `machine`, `seq`: what the name of its file says. A session is looked
 * at when it is asked for.
 */
export function parseCommit(text: Buffer, expected: { exchangeId: string; machine: string; seq: number }): Commit {
  const end = lineEnd(text, 0);
  const header = parseHeader(parseObject(text.toString('utf8', 0, end)), expected);
  return { ...header, sessions: { [Symbol.iterator]: () => entriesIn(text.subarray(end + 1)) } };
}

const lineEnd = (text: Buffer, from: number): number => {
  const at = text.indexOf(0x0a, from);
  return at < 0 ? text.length : at;
};

function* entriesIn(text: Buffer): Generator<ContinuedEntry> {
  for (let at = 0; at < text.length; ) {
    const end = lineEnd(text, at);
    yield entryOf(parseObject(text.toString('utf8', at, end)));
    at = end + 1;
  }
}

function parseHeader(commit: JsonObject | null, expected: { exchangeId: string; machine: string; seq: number }): CommitHeader {
  require(commit !== null, 'it does not begin with a JSON object');
  require(commit.format_version === EXCHANGE_VERSION, `its format version is ${String(commit.format_version)}`);
  require(commit.exchange_id === expected.exchangeId, 'it belongs to another exchange');
  require(commit.machine === expected.machine, 'it belongs to another machine');
  require(commit.seq === expected.seq, 'its number is not the one of its name');
  require(commit.prev === null || isHash(commit.prev), '`prev` is no hash');
  require(typeof commit.checkpoint === 'boolean', '`checkpoint` is neither true nor false');
  require(commit.checkpoint || commit.prev !== null, 'the first commit is no checkpoint');
  return {
    format_version: EXCHANGE_VERSION,
    exchange_id: expected.exchangeId,
    machine: expected.machine,
    seq: expected.seq,
    prev: commit.prev as string | null,
    checkpoint: commit.checkpoint,
    tool_version: String(commit.tool_version ?? ''),
    created_at: String(commit.created_at ?? ''),
    seen: seenOf(commit.seen),
    retired: listOf(commit.retired, 'retired').filter(isMachineId),
    removed: listOf(commit.removed, 'removed').map((id) => {
      require(asThreadId(id) !== null, 'a removed session has no thread id');
      return String(id);
    }),
  };
}

function seenOf(value: unknown): Record<string, number> {
  const seen = Object.entries(asObject(value)).filter(
    (entry): entry is [string, number] => isMachineId(entry[0]) && isCount(entry[1]),
  );
  return Object.fromEntries(seen);
}

function entryOf(value: unknown): ContinuedEntry {
  const entry = asObject(value);
  const threadId = String(entry.thread_id ?? '');
  require(asThreadId(threadId) !== null, `\`${threadId.slice(0, 50)}\` is not a thread id`);
  const row = asObject(entry.row) as Row;
  require(row.id === threadId, `the row of ${threadId} belongs to another thread`);
  const rollouts = listOf(entry.rollouts, 'rollouts').map((one) => {
    const { mtime, kept } = asObject(one);
    require(kept === undefined || isCount(kept), `\`kept\` of ${threadId} is no number`);
    const content = contentOf(one, (name) => parseRolloutName(name) !== null && !isCompressed(name));
    return { ...content, mtime: Number(mtime) || 0, ...(kept === undefined ? {} : { kept }) };
  });
  require(rollouts.length > 0, `${threadId} has no rollout`);
  require(parseRolloutName(rollouts[0]?.name ?? '')?.threadId === threadId, `the rollout of ${threadId} is another thread's`);
  const images = listOf(entry.images, 'images').map((one) => contentOf(one, isImageName));
  const attached = Object.entries(asObject(entry.attached)).map(
    ([file, rows]) => [file, listOf(rows, file).map((one) => asObject(one) as Row)] as const,
  );
  require(isHash(entry.state), `${threadId} has no state`);
  return {
    thread_id: threadId,
    state: entry.state,
    row,
    index: asObject(entry.index) as Row,
    made_name: typeof entry.made_name === 'string' ? entry.made_name : null,
    published_at: String(entry.published_at ?? ''),
    root: typeof entry.root === 'string' ? entry.root : null,
    attached: Object.fromEntries(attached),
    rollouts,
    images,
  };
}

function contentOf(value: unknown, isName: (name: string) => boolean): Content {
  const content = asObject(value);
  const name = String(content.name ?? '');
  require(isName(name), `\`${name.slice(0, 80)}\` is no name of such a file`);
  require(isCount(content.bytes), `${name} has no length`);
  return { name, bytes: content.bytes, pieces: listOf(content.pieces, 'pieces').map(pieceOf) };
}

function pieceOf(value: unknown): Piece {
  const { machine, pack, offset, length, from, to, digest } = asObject(value);
  require(isMachineId(machine) && isHash(pack) && isHash(digest), 'a piece names no pack');
  require(isCount(offset) && isCount(length) && isCount(from) && isCount(to), 'a piece has no place');
  require(length <= MOST_IN_PACK && to - from <= MOST_DECODED, 'a piece is larger than any that is written');
  return { machine, pack, offset, length, from, to, digest };
}

/** Twice of what is written, at most. */
const MOST_IN_PACK = 64 << 20;
const MOST_DECODED = 16 << 20;

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function listOf(value: unknown, name: string): unknown[] {
  const list = value ?? [];
  require(Array.isArray(list), `\`${name}\` is not a list`);
  return list;
}
