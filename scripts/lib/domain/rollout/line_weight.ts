import { elements, isArray, isObject, members } from '../json/json_bytes.ts';
import { type LineHead, SETTINGS, stringMember } from './rollout_line.ts';

/**
 * How much a line proves about the conversation it stands in.
 * - `bookkeeping`: Codex writes it by merely opening, renaming or re-describing a thread; it never puts a side ahead.
 * - `preamble`: any two sessions of one machine may share it; it proves nothing.
 * - `history`: only this conversation can have it.
 */
export type LineWeight = 'bookkeeping' | 'preamble' | 'history';

const BOOKKEEPING = new Set([SETTINGS, 'event_msg/thread_name_updated']);
const PREAMBLE = new Set(['session_meta', 'turn_context', 'world_state', 'event_msg/token_count', 'event_msg/']);

export function weigh(bytes: Buffer, head: LineHead, isFirst: boolean): LineWeight {
  if (BOOKKEEPING.has(head.kind)) return 'bookkeeping';
  // A later session_meta is a metadata update (0.145) or the parent's in a legacy fork; neither is a turn.
  if (head.kind === 'session_meta' && !isFirst) return 'bookkeeping';
  if (head.kind === 'event_msg/token_count' && bytes.includes(NO_TOKENS)) return 'bookkeeping';
  if (PREAMBLE.has(head.kind)) return 'preamble';
  if (head.kind === 'response_item/message') return weighMessage(bytes, head);
  return 'history';
}

/** Says nothing: `adopt --repair` ends a rollout with it whose last record has no ordinal. */
const NO_TOKENS = Buffer.from('"info":null,"rate_limits":null');

const INSTRUCTION_OPENINGS = [
  '<environment_context>',
  '<user_instructions>',
  '<permissions instructions>',
  '# AGENTS.md instructions',
];

function weighMessage(bytes: Buffer, head: LineHead): LineWeight {
  const role = stringMember(bytes, head.payloadStart, 'role');
  if (role === 'developer' || role === 'system') return 'preamble';
  if (role !== 'user') return 'history';
  const opening = openingOf(bytes, head.payloadStart);
  return INSTRUCTION_OPENINGS.some((instruction) => opening.startsWith(instruction)) ? 'preamble' : 'history';
}

/** The first text of a message. */
function openingOf(bytes: Buffer, payloadStart: number): string {
  const content = [...members(bytes, payloadStart)].find(({ key }) => key === 'content');
  if (!content || !isArray(bytes, content.valueStart)) return '';
  for (const part of elements(bytes, content.valueStart)) {
    const text = isObject(bytes, part.start) ? stringMember(bytes, part.start, 'text') : '';
    if (text !== '') return text;
  }
  return '';
}
