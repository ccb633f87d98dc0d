import { describe, expect, test } from 'vitest';
import { endsTurn, neutralLine } from '../../../scripts/lib/domain/compare/history_form.ts';
import { findRevertedTurns } from '../../../scripts/lib/domain/compare/reverted_turns.ts';
import { toLegacy } from '../../../scripts/lib/domain/legacy/legacy_form.ts';
import { headOf, readHead } from '../../../scripts/lib/domain/rollout/rollout_line.ts';
import { allLines, type Form, readForm } from '../../fixtures/history_forms/read_form.ts';
import { idFrom } from '../../fixtures/records_at_places.ts';
import { linesOf } from '../../fixtures/spelling.ts';

const TIME = '2026-11-21T10:08:09.045Z';
const line = (type: string, payload: object, more: object = {}): Buffer =>
  Buffer.from(JSON.stringify({ timestamp: TIME, ...more, type, payload }));
const neutral = (bytes: Buffer): string | null => neutralLine(bytes, readHead(bytes));
const event = (type: string, fields: object = {}): Buffer => line('event_msg', { type, ...fields });
const item = (type: string, fields: object = {}): Buffer => line('response_item', { type, ...fields });
const message = (role: string, text: string): Buffer => item('message', { role, content: [{ type: 'input_text', text }] });

/** What a transcript says in either form, without what was taken back. */
function sayings(bytes: Buffer): string[] {
  const gone = findRevertedTurns(linesOf(bytes));
  return allLines(bytes)
    .filter(({ offset }) => !gone.some(({ from, to }) => offset >= from && offset < to))
    .flatMap((one) => neutralLine(one.bytes, headOf(one)) ?? []);
}

const inLegacyForm = (bytes: Buffer): Buffer =>
  Buffer.concat(allLines(bytes).flatMap((one) => toLegacy(one.bytes, headOf(one)).flatMap((made) => [made, Buffer.from('\n')])));

describe('a conversation says the same', () => {
  test.each<Form>(['migrated_0.153.4', 'migrated_0.169.0'])('in legacy form and %s', (form) => {
    const said = sayings(readForm('legacy_0.145.0'));
    expect(said.length).toBeGreaterThan(20);
    expect(sayings(readForm(form))).toEqual(said);
  });

  test.each<Form>(['paginated_0.169.0', 'migrated_0.153.4', 'migrated_0.169.0'])('%s and down-converted', (form) => {
    expect(sayings(inLegacyForm(readForm(form)))).toEqual(sayings(readForm(form)));
  });
});

test('the prompts, the answers, the commands and the ends of turns are among what is said', () => {
  const said = sayings(readForm('migrated_0.169.0'));
  const kinds = said.map((one) => (JSON.parse(one) as string[])[0]);
  const count = (kind: string): number => kinds.filter((one) => one === kind).length;
  expect(said.filter((one) => /"user",\["(first|Schön |fourth|HANG|last)/.test(one))).toHaveLength(5);
  expect(said.some((one) => one.includes('taken back'))).toBe(false);
  expect(['event_msg/task_started', 'event_msg/task_complete', 'event_msg/turn_aborted', 'compacted'].map(count)).toEqual([
    6, 5, 1, 1,
  ]);
  expect(count('response_item/function_call')).toBe(count('response_item/function_call_output'));
});

describe('counterparts say the same', () => {
  test.each([
    [
      'a turn',
      event('task_started', { turn_id: 't', started_at: 1 }),
      event('task_started', { turn_id: 't', root_turn_id: 't' }),
    ],
    ['its end', event('task_complete', { turn_id: 't' }), event('task_complete', { turn_id: 't', last_agent_message: null })],
    ['its interruption', event('turn_aborted', { reason: 'r' }), event('turn_aborted', { turn_id: 'rollout-9', reason: 'r' })],
    ['a compaction', line('compacted', { message: 'm' }), line('compacted', { message: 'm', compaction_response_id: null })],
    [
      'a message',
      message('user', 'hello'),
      line(
        'response_item',
        { type: 'message', id: 'x', role: 'user', content: [{ type: 'input_text', text: 'hello', kind: 'k' }] },
        { ordinal: 7, metadata: { history_sequence: 3 } },
      ),
    ],
    [
      'reasoning',
      item('reasoning', { summary: [{ text: 's' }], content: null, encrypted_content: 'e' }),
      item('reasoning', { id: 'r', summary: [{ text: 's' }], encrypted_content: 'e' }),
    ],
    ['a folder spelled in another way', message('assistant', 'see <cwd>/a</cwd>'), message('assistant', 'see <cwd>C:\\b</cwd>')],
    [
      'an agent that has another id here',
      item('function_call_output', { output: `{"agent_id":"${idFrom('a')}"}` }),
      item('function_call_output', { output: `{"agent_id":"${idFrom('b')}"}` }),
    ],
    [
      'the note that it is done',
      message('user', `<subagent_notification>${idFrom('a')}`),
      message('user', `<subagent_notification>${idFrom('b')}`),
    ],
    [
      'a word between agents',
      line('inter_agent_communication_metadata', { trigger_turn: false }),
      line('inter_agent_communication_metadata', { trigger_turn: false }, { ordinal: 3 }),
    ],
    [
      'parts that say more of themselves',
      item('function_call_output', { output: [{ type: 'input_text', text: 'a' }] }),
      item('function_call_output', { output: [{ type: 'input_text', text: 'a', kind: 'k' }] }),
    ],
    [
      'arguments that are an object',
      item('tool_search_call', { call_id: 'c', arguments: { b: 1, a: 2 } }),
      item('tool_search_call', { call_id: 'c', arguments: { a: 2, b: 1 } }),
    ],
  ])('%s', (_what, one, other) => {
    expect(neutral(one)).not.toBeNull();
    expect(neutral(other)).toBe(neutral(one));
  });
});

describe('lines say something else with', () => {
  test.each([
    ['another turn', event('task_started', { turn_id: 't1' }), event('task_started', { turn_id: 't2' })],
    ['another text', message('user', 'yes'), message('user', 'no')],
    ['another role', message('user', 'yes'), message('assistant', 'yes')],
    ['another image', imageMessage('data:1'), imageMessage('data:2')],
    [
      'another command',
      item('function_call', { name: 'n', arguments: 'a' }),
      item('function_call', { name: 'n', arguments: 'b' }),
    ],
    ['another output', item('function_call_output', { output: 'a' }), item('function_call_output', { output: 'b' })],
    ['another part', output(['a', 'b']), output(['a', 'c'])],
    ['another patch', item('custom_tool_call', { input: 'a' }), item('custom_tool_call', { input: 'b' })],
    ['another secret', item('reasoning', { encrypted_content: 'a' }), item('reasoning', { encrypted_content: 'b' })],
    ['another summary', line('compacted', { message: 'a' }), line('compacted', { message: 'b' })],
    [
      'another word between agents',
      line('inter_agent_communication_metadata', { trigger_turn: true }),
      line('inter_agent_communication_metadata', { trigger_turn: false }),
    ],
    ['another reason', event('turn_aborted', { reason: 'a' }), event('turn_aborted', { reason: 'b' })],
    [
      'another time',
      message('user', 'yes'),
      Buffer.from(String(message('user', 'yes')).replace(TIME, '2026-11-21T10:08:09.046Z')),
    ],
  ])('%s', (_what, one, other) => expect(neutral(one)).not.toBe(neutral(other)));
});

function imageMessage(image_url: string): Buffer {
  return item('message', { role: 'user', content: [{ type: 'input_image', image_url }] });
}

function output(texts: string[]): Buffer {
  return item('function_call_output', { call_id: 'c', output: texts.map((text) => ({ type: 'input_text', text })) });
}

describe('one form only has', () => {
  test.each([
    ['the words of an event', event('user_message', { message: 'm' })],
    ['an item', event('item_completed', { item: { type: 'UserMessage' } })],
    ['the mark of what was taken back', event('thread_rolled_back', { num_turns: 1 })],
    ['the start of a turn that a migration made up', event('task_started', { turn_id: 'rollout-12' })],
    ['the end of one', event('task_complete', { turn_id: 'rollout-12' })],
    ['settings', event('thread_settings_applied', { thread_settings: {} })],
    ['the first line', line('session_meta', { id: 'i' })],
    ['the context of a turn', line('turn_context', { turn_id: 't' })],
    ['instructions', message('developer', 'be good')],
    ['an environment', message('user', '<environment_context>…')],
    ['the note of an interruption', message('user', '<turn_aborted>\nThe user…')],
    ['a ghost', item('ghost_snapshot', { ghost_commit: {} })],
    ['a kind that is a word of JavaScript', line('constructor', {})],
    ['a payload that is none', Buffer.from(`{"timestamp":"${TIME}","type":"compacted","payload":null}`)],
    ['a torn line', message('user', 'hello').subarray(0, -9)],
  ])('%s', (_what, bytes) => expect(neutral(bytes)).toBeNull());
});

test('a turn ends with its completion or its interruption', () => {
  const kinds = ['task_complete', 'turn_aborted', 'task_started', 'token_count'];
  expect(kinds.filter((kind) => endsTurn(readHead(event(kind))))).toEqual(['task_complete', 'turn_aborted']);
});
