import { expect, test } from 'vitest';
import { isSpelledAsByCodex } from '../../../scripts/lib/domain/rights/settings_spelling.ts';
import { conversation, record, settings } from '../../fixtures/conversation.ts';

const talk = conversation('spelling', '/x', []);
const PLAIN = record(7, 'event_msg', {
  type: 'thread_settings_applied',
  thread_id: talk.id,
  thread_settings: settings('gpt-5', '/x'),
});
const but = (from: string, to: string): string => {
  expect(PLAIN).toContain(from);
  return PLAIN.replace(from, to);
};

/** Each of them was shown to 0.150, 0.160 and 0.171 (`tests/real-codex/hostile_rights.test.ts` has the most telling ones). */
test.each<[string, string, boolean]>([
  ['what Codex writes', PLAIN, true],
  ['white space of another tool', PLAIN.replaceAll('":', '": ').replaceAll(',"', ', "'), true],
  ['an escape of another tool', but('on-request', 'on\\u002drequest'), true],
  ['a member twice', but('"model":', '"model":"x","model":'), false],
  ['a member twice in a list', but('"access":', '"access":"read","access":'), false],
  ['a member that nobody knows', but('"model":', '"more":1,"model":'), false],
  ['a member that is missing', but('"approvals_reviewer":"user",', ''), false],
  ['a value of another type', but('"model":"gpt-5"', '"model":5'), false],
  ['a mode that nobody knows', but('"mode":"default"', '"mode":"x"'), false],
  ['an effort that nobody knows', but('"reasoning_effort":null', '"reasoning_effort":"x"'), false],
  ['a number that is no integer', but('"ordinal":7', '"ordinal":7.5'), false],
  ['a number spelled as a fraction', but('"ordinal":7', '"ordinal":7.0'), false],
  ['a number below zero', but('"ordinal":7', '"ordinal":-0'), false],
  ['half a surrogate pair', but('"developer_instructions":null', '"developer_instructions":"\\ud800"'), false],
  ['a reviewer that nobody knows', but('"approvals_reviewer":"user"', '"approvals_reviewer":"x"'), false],
  ['a folder that is no path', but('"cwd":"/x"', '"cwd":"x"'), false],
  ['a root that is no path', but('"runtime_workspace_roots":["/x"]', '"runtime_workspace_roots":["x"]'), false],
  [
    'a place that is no path',
    but('"kind":"root"}}', '"kind":"root"}},"access":"read"},{"path":{"type":"path","path":"x"}'),
    false,
  ],
  ['a place by a word that nobody knows', but('"kind":"root"', '"kind":"x"'), false],
  [
    'a glob that is denied',
    but('"kind":"root"}}', '"kind":"root"}},"access":"read"},{"path":{"type":"glob_pattern","pattern":"/x/**"}'),
    true,
  ],
  ['no time', PLAIN.replace(/"timestamp":"[^"]*",/, ''), false],
  ['a thread that is a number', but(`"thread_id":"${talk.id}"`, '"thread_id":5'), false],
  ['a torn line', PLAIN.slice(0, -9), false],
  ['no object', '[]', false],
])('%s: %s', (_, line, expected) => expect(isSpelledAsByCodex(Buffer.from(line))).toBe(expected));

test('bytes that are no UTF-8', () => {
  const line = Buffer.from(but('"cwd":"/x"', '"cwd":"/\u00e9"'));
  expect(isSpelledAsByCodex(line)).toBe(true);
  expect(isSpelledAsByCodex(Buffer.from(line.toString('binary').replace('\u00c3\u00a9', '\u00c3'), 'binary'))).toBe(false);
});
