// Records that give no Codex any rights. A record can be spelled in ways that only some versions read, with a list for an object or a number
// for a word; so nothing is ruled out by what it seems to say, only by being, in one plain spelling, of a kind that is known to hold none.

import { asObject } from '../json/json_value.ts';
import { plainRecord } from './settings_spelling.ts';

const TYPES = new Set(['response_item', 'token_usage_record']);
const EVENTS = new Set([
  'agent_message',
  'agent_reasoning',
  'item_completed',
  'patch_apply_end',
  'task_complete',
  'task_started',
  'thread_name_updated',
  'token_count',
  'user_message',
]);

export function holdsNoRights(line: Buffer): boolean {
  const { type, payload, ...rest } = plainRecord(line) ?? {};
  const isFramed = typeof payload === 'object' && payload !== null && Object.keys(rest).every((key) => FRAME.has(key));
  if (!isFramed || Array.isArray(payload)) return false;
  return TYPES.has(type as string) || (type === 'event_msg' && EVENTS.has(asObject(payload).type as string));
}

const FRAME = new Set(['timestamp', 'ordinal']);
