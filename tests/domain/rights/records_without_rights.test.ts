import { expect, test } from 'vitest';
import { holdsNoRights } from '../../../scripts/lib/domain/rights/records_without_rights.ts';
import { conversation, record, settings } from '../../fixtures/conversation.ts';

const message = record(7, 'event_msg', { type: 'agent_message', message: 'x' });
const applied = { type: 'thread_settings_applied', thread_settings: settings('m', '/x') };

test('the records of a turn behind its settings hold no rights', () => {
  const { lines } = conversation('kinds', '/x', ['hello']);
  const behind = lines.slice(lines.findIndex((line) => line.includes('thread_settings_applied')) + 1);
  expect(behind.length).toBeGreaterThan(3);
  for (const line of [message, ...behind]) expect(holdsNoRights(Buffer.from(line))).toBe(true);
});

/** Some Codex reads rights out of each, or nobody knows that none does. */
test.each<[string, string]>([
  ['settings', record(7, 'event_msg', applied)],
  ['a context', record(7, 'turn_context', { cwd: '/x' })],
  ['another first line', record(7, 'session_meta', { cwd: '/x' })],
  ['a turn that is rolled back', record(7, 'event_msg', { type: 'thread_rolled_back', num_turns: 1 })],
  ['a compaction', record(7, 'compacted', { message: '' })],
  ['a type that nobody knows', record(7, 'x', { type: 'agent_message' })],
  ['an event that nobody knows', record(7, 'event_msg', { type: 'x' })],
  ['a payload that is a list', record(7, 'event_msg', ['agent_message', 'x'])],
  ['a payload that is a list of a response', record(7, 'response_item', ['x'])],
  ['a type that is a number', message.replace('"type":"event_msg"', '"type":3')],
  ['a type that is a list', message.replace('"type":"event_msg"', '"type":["response_item"]')],
  ['an event that is a number', message.replace('"type":"agent_message"', '"type":3')],
  ['a payload twice', message.replace(/}$/, `,"payload":${JSON.stringify(applied)}}`)],
  ['a payload twice, by an escape', message.replace(/}$/, `,"p\\u0061yload":${JSON.stringify(applied)}}`)],
  ['a type twice', message.replace(/}$/, ',"type":"turn_context"}')],
  ['an event twice', message.replace('"message"', '"type":"thread_settings_applied","message"')],
  ['another member', message.replace(/}$/, ',"more":1}')],
  ['two records on a line', `${message}${message}`],
  ['a byte order mark', `\ufeff${message}`],
  ['a torn record', message.slice(0, -1)],
  ['no record', 'x'],
])('%s may hold some', (_, line) => expect(holdsNoRights(Buffer.from(line))).toBe(false));
