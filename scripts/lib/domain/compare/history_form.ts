// The two forms of a history: legacy (events) and paginated (numbered lines, items). `codex migrate-rollouts` and our own
// down-conversion make one out of the other, so two copies of one conversation can differ in nearly every line and still be the same.
// What a migration keeps, by experiment with Codex 0.153.4 and 0.169.0: tests/real-codex/observations.md.

import { type JsonObject, parsePayload } from '../json/json_value.ts';
import { type ProseKind, withoutPlaces } from '../localize/surface_prose.ts';
import type { LineHead } from '../rollout/rollout_line.ts';

/**
 * What a line says in either form: counterparts agree on this text, whichever Codex wrote or migrated them. Null for a line that has
 * no counterpart in the other form, or whose counterpart says something else.
 */
export function neutralLine(bytes: Buffer, head: LineHead): string | null {
  const read = READERS.get(head.kind) ?? (head.kind.startsWith('response_item/') ? readItem : null);
  const payload = read && parsePayload(bytes);
  const said = payload ? read(payload) : null;
  return said && JSON.stringify([head.kind, head.timestamp, ...said]);
}

/** With this a turn is over. Very old Codex wrote neither: there only the start of the next turn tells. */
export const endsTurn = (head: LineHead): boolean =>
  head.kind === 'event_msg/task_complete' || head.kind === 'event_msg/turn_aborted';

/** Few fields: a migration drops what its version does not know and adds that version's defaults. */
type Reader = (payload: JsonObject) => unknown[] | null;

const READERS = new Map<string, Reader>(
  Object.entries<Reader>({
    'event_msg/task_started': (payload) => (isMadeUp(payload) ? null : [payload.turn_id]),
    'event_msg/task_complete': (payload) => (isMadeUp(payload) ? null : [payload.turn_id, payload.last_agent_message ?? null]),
    // Its turn_id is filled in where an old Codex wrote none.
    'event_msg/turn_aborted': ({ reason = null }) => [reason],
    compacted: ({ message = null }) => [message],
    inter_agent_communication_metadata: ({ trigger_turn = null }) => [trigger_turn],
    'response_item/message': readMessage,
    'response_item/reasoning': ({ summary, encrypted_content = null }) => [textsOf(summary, 'codex_text'), encrypted_content],
    'response_item/ghost_snapshot': () => null,
  }),
);

/** Turns of a rollout without turn lines get them by migration, named after the line where they begin. */
const isMadeUp = ({ turn_id }: JsonObject): boolean => typeof turn_id === 'string' && turn_id.startsWith('rollout-');

/** What Codex tells the model anew, and what a migration drops where it stands before a turn that was taken back (`<turn_aborted>`). */
const CONTEXT =
  /^(?:<environment_context>|<user_instructions>|<permissions instructions>|<turn_aborted>|# AGENTS\.md instructions)/;

function readMessage({ role, content }: JsonObject): unknown[] | null {
  const texts = textsOf(content, 'codex_text');
  const isContext = role === 'user' && CONTEXT.test(String(texts?.[0] ?? ''));
  return role === 'developer' || role === 'system' || isContext ? null : [role, texts];
}

const readItem: Reader = ({ name = null, call_id = null, arguments: args, input = null, output, encrypted_content = null }) => [
  name,
  call_id,
  // Arguments that are no text are an object whose keys a migration sorts.
  typeof args === 'string' ? withoutPlaces('agent_text', args) : null,
  input,
  typeof output === 'string' ? withoutPlaces('agent_text', output) : textsOf(output, 'agent_text'),
  encrypted_content,
];

/** The words of a list of parts; an image stands for itself. */
const textsOf = (parts: unknown, kind: ProseKind): unknown[] | null =>
  Array.isArray(parts) ? parts.map((part) => wordsOf(part, kind)) : null;

function wordsOf(part: unknown, kind: ProseKind): unknown {
  const { text, image_url = null } = (part ?? {}) as JsonObject;
  return typeof text === 'string' ? withoutPlaces(kind, text) : image_url;
}
