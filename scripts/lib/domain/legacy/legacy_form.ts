// The down-conversion of a paginated history, line by line: what a Codex that writes in legacy mode would have written at the same
// moment. By comparing what Codex 0.169.0 writes in both modes, and what `migrate-rollouts` makes of legacy events (the other way round).

import { isObject, members, skipSpace } from '../json/json_bytes.ts';
import { COMMA } from '../json/json_syntax.ts';
import type { LineHead } from '../rollout/rollout_line.ts';
import { legacyEvents } from './legacy_events.ts';

/**
 * The legacy lines in place of a paginated one: usually one; several for an item with several texts; none for what legacy mode does not
 * record, such as the item of a command (the model's own record of it is another line and stays). A line that stays one keeps its bytes
 * but for the ordinal. Paths are copied as the line spells them, so it is localized before.
 */
export function toLegacy(bytes: Buffer, head: LineHead): Buffer[] {
  if (head.kind !== 'event_msg/item_completed') return [withoutOrdinal(inLegacyMode(bytes, head), head)];
  const events = legacyEvents(bytes, head);
  return events === 'kept' ? [withoutOrdinal(bytes, head)] : events.map((payload) => eventLine(head, payload));
}

const eventLine = (head: LineHead, payload: string): Buffer =>
  Buffer.from(`{"timestamp":${JSON.stringify(head.timestamp)},"type":"event_msg","payload":${payload}}`);

const LEGACY = Buffer.from('"legacy"');

function inLegacyMode(bytes: Buffer, head: LineHead): Buffer {
  if (head.kind !== 'session_meta' || !isObject(bytes, head.payloadStart)) return bytes;
  const mode = [...members(bytes, head.payloadStart)].find(({ key }) => key === 'history_mode');
  if (!mode) return bytes;
  return Buffer.concat([bytes.subarray(0, mode.valueStart), LEGACY, bytes.subarray(mode.valueEnd)]);
}

function withoutOrdinal(bytes: Buffer, head: LineHead): Buffer {
  if (head.ordinal === null) return bytes;
  let before = skipSpace(bytes, 1);
  for (const { key, keyStart, valueEnd } of members(bytes, skipSpace(bytes, 0))) {
    const next = skipSpace(bytes, valueEnd);
    const isLast = bytes[next] !== COMMA;
    if (key === 'ordinal')
      return Buffer.concat([
        bytes.subarray(0, isLast ? before : keyStart),
        bytes.subarray(isLast ? next : skipSpace(bytes, next + 1)),
      ]);
    before = valueEnd;
  }
  return bytes;
}
