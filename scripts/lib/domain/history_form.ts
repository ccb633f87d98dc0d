// The two forms of a history: legacy (events) and paginated (numbered lines, items). `codex migrate-rollouts` and our own
// down-conversion make one out of the other, so two copies of one conversation can differ in nearly every line and still be the same.
// What a migration keeps, by experiment with Codex 0.153.4 and 0.169.0: references/codex-on-disk.md.

import type { LineHead } from './rollout_line.ts';
import { cwdWithin } from './surface_prose.ts';

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

type Payload = { [key: string]: unknown };
/** Few fields: a migration drops what its version does not know and adds that version's defaults. */
type Reader = (payload: Payload) => unknown[] | null;

const READERS = new Map<string, Reader>(
  Object.entries<Reader>({
    'event_msg/task_started': (payload) => (isMadeUp(payload) ? null : [payload.turn_id]),
    'event_msg/task_complete': (payload) => (isMadeUp(payload) ? null : [payload.turn_id, payload.last_agent_message ?? null]),
    // Its turn_id is filled in where an old Codex wrote none.
    'event_msg/turn_aborted': ({ reason = null }) => [reason],
    compacted: ({ message = null }) => [message],
    'response_item/message': readMessage,
    'response_item/reasoning': ({ summary, encrypted_content = null }) => [textsOf(summary), encrypted_content],
    'response_item/ghost_snapshot': () => null,
  }),
);

/** Turns of a rollout without turn lines get them by migration, named after the line where they begin. */
const isMadeUp = ({ turn_id }: Payload): boolean => typeof turn_id === 'string' && turn_id.startsWith('rollout-');

/** Context that Codex put in proves little, and a migration drops what stands before a turn that was rolled back. */
function readMessage({ role, content }: Payload): unknown[] | null {
  const texts = textsOf(content);
  const isContext = role === 'user' && /^(<|# AGENTS\.md)/.test(String(texts?.[0] ?? ''));
  return role === 'developer' || role === 'system' || isContext ? null : [role, texts];
}

const readItem: Reader = ({ name = null, call_id = null, arguments: args, input = null, output, encrypted_content = null }) => [
  name,
  call_id,
  // Arguments that are no text are an object whose keys a migration sorts.
  typeof args === 'string' ? args : null,
  input,
  typeof output === 'string' ? output : textsOf(output),
  encrypted_content,
];

/** The words of a list of parts; an image stands for itself. */
const textsOf = (parts: unknown): unknown[] | null => (Array.isArray(parts) ? parts.map(wordsOf) : null);

function wordsOf(part: unknown): unknown {
  const { text, image_url = null } = (part ?? {}) as Payload;
  return typeof text === 'string' ? withoutCwd(text) : image_url;
}

function withoutCwd(text: string): string {
  const cwd = cwdWithin(text);
  return cwd ? text.slice(0, cwd.start) + text.slice(cwd.end) : text;
}

function parsePayload(bytes: Buffer): Payload | null {
  try {
    const { payload } = JSON.parse(bytes.toString('utf8')) as { payload?: unknown };
    return typeof payload === 'object' ? (payload as Payload | null) : null;
  } catch {
    return null;
  }
}
