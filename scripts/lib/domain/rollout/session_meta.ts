// The first line of a rollout: who the session is, where it lives, and what it continues.

import { asThreadId } from '../ids/thread_id.ts';
import { elements, isArray, isObject, members, textOf, valueEnd } from '../json/json_bytes.ts';
import type { LineHead } from './rollout_line.ts';
import { parentInSource } from './thread_tree.ts';

/** The fields of the first line that decide how a session is treated; everything else in it is carried through unread. */
export type SessionMeta = {
  id: string;
  timestamp: string;
  cwd: string;
  cliVersion: string;
  modelProvider: string;
  historyMode: string;
  /** Set where the file holds only its own lines (paginated forks and reverts, 0.146+). */
  historyBase: HistoryBase | null;
  forkedFromId: string | null;
  /** The thread that spawned this one as its sub-agent; null where a person started it. */
  parentThreadId: string | null;
  /** A sub-agent of `multi_agent_v2`: Codex hides it from lists by an empty title and preview, and opens it only after its parent. */
  isV2Agent: boolean;
  /** Who or what started the thread, as a row of `threads` spells it: a word, or JSON. */
  source: string;
  /**
   * Lines with a lower ordinal came from the session that this one was forked from, or from the parent of a sub-agent; 0 where none did
   * (legacy forks tell nothing).
   */
  ownFromOrdinal: number;
  /** How many folders it names that Codex takes plugins from when the session is resumed: skills, and programs that it starts (0.145+). */
  pluginFolders: number;
};

/** The history that comes before: a rollout (a thread's, or a segment's of a reverted one) up to an ordinal, which is a byte offset. */
export type HistoryBase = { rolloutId: string; endOrdinal: number; endOffset: number };

export function parseSessionMeta(bytes: Buffer, head: LineHead): SessionMeta {
  const fields = membersOf(bytes, head.payloadStart);
  const text = (key: string): string => fields.text.get(key) ?? '';
  const historyBase = parseBase(bytes, fields.objects.get('history_base'));
  const forkedFromId = text('forked_from_id') || null;
  const source = text('source') || textAt(bytes, fields.objects.get('source'));
  const forkedAt = fields.numbers.get('forked_from_ordinal_exclusive') ?? fields.numbers.get('subagent_history_start_ordinal');
  const parentThreadId = asThreadId(text('parent_thread_id')) ?? parentInSource(source);
  return {
    id: text('id'),
    timestamp: text('timestamp'),
    cwd: text('cwd'),
    cliVersion: text('cli_version'),
    modelProvider: text('model_provider'),
    historyMode: text('history_mode') || 'legacy',
    historyBase,
    forkedFromId,
    parentThreadId,
    isV2Agent: parentThreadId !== null && text('multi_agent_version') === 'v2',
    source,
    ownFromOrdinal: forkedFromId === null ? 0 : (forkedAt ?? 0),
    pluginFolders: fields.lists.get(PLUGIN_FOLDERS) ?? (fields.objects.has(PLUGIN_FOLDERS) ? 1 : 0),
  };
}

export const PLUGIN_FOLDERS = 'selected_capability_roots';

/**
 * True of a line that a fork has from its parent: it proves no kinship with anybody but the parent. A fork that was converted to legacy has no
 * ordinals, but its inherited lines are older than itself; legacy forks that Codex makes get times of their own.
 */
export function isInherited(meta: SessionMeta, { ordinal, timestamp }: Pick<LineHead, 'ordinal' | 'timestamp'>): boolean {
  if (ordinal !== null) return ordinal < meta.ownFromOrdinal;
  return meta.forkedFromId !== null && meta.historyMode === 'legacy' && timestamp !== null && timestamp < meta.timestamp;
}

const textAt = (bytes: Buffer, start: number | undefined): string =>
  start === undefined ? '' : bytes.toString('utf8', start, valueEnd(bytes, start));

type Members = {
  text: Map<string, string>;
  numbers: Map<string, number>;
  objects: Map<string, number>;
  lists: Map<string, number>;
};

function membersOf(bytes: Buffer, from: number): Members {
  const found: Members = { text: new Map(), numbers: new Map(), objects: new Map(), lists: new Map() };
  for (const { key, valueStart, valueEnd } of members(bytes, from)) {
    if (bytes[valueStart] === 0x22) found.text.set(key, textOf(bytes, valueStart, valueEnd));
    else if (isObject(bytes, valueStart)) found.objects.set(key, valueStart);
    else if (isArray(bytes, valueStart)) found.lists.set(key, [...elements(bytes, valueStart)].length);
    else found.numbers.set(key, Number(bytes.toString('latin1', valueStart, valueEnd)));
  }
  return found;
}

/** Offsets are counted in the uncompressed file. What is missing becomes a number that no file satisfies. */
function parseBase(bytes: Buffer, start: number | undefined): HistoryBase | null {
  if (start === undefined) return null;
  const { text, numbers } = membersOf(bytes, start);
  return {
    rolloutId: text.get('thread_id') ?? '',
    endOrdinal: numbers.get('end_ordinal_exclusive') ?? Number.NaN,
    endOffset: numbers.get('end_byte_offset') ?? Number.NaN,
  };
}
