import { describe, expect, test } from 'vitest';
import { weigh } from '../../../scripts/lib/domain/rollout/line_weight.ts';
import { isEncrypted, readFramed, readHead, startsTurn } from '../../../scripts/lib/domain/rollout/rollout_line.ts';
import { type Mode, placeAt, type Record_, recordsOf, turns } from '../../fixtures/records_at_places.ts';
import { asPython, atRandom, jsonLine } from '../../fixtures/spelling.ts';

const TIME = '2026-11-21T10:08:09.045Z';
const line = (type: string, payload: object, rest: object = {}): Record_ => ({
  timestamp: TIME,
  ...rest,
  type,
  payload: { ...payload },
});
const headOf = (text: string) => readHead(Buffer.from(text));

describe('the head of a line', () => {
  const started = line('event_msg', { type: 'task_started', turn_id: 't' }, { ordinal: 7 });
  const legacy = line('event_msg', { type: 'task_started', turn_id: 't' });
  test.each([
    ['as Codex spells it', JSON.stringify(started), 7],
    ['as Python spells it', asPython(started), 7],
    ['without an ordinal', JSON.stringify(legacy), null],
    ['without an ordinal, as Python spells it', asPython(legacy), null],
    ['with the payload first', JSON.stringify({ payload: started.payload, ordinal: 7, type: 'event_msg', timestamp: TIME }), 7],
    ['with the ordinal last', JSON.stringify({ timestamp: TIME, type: 'event_msg', payload: started.payload, ordinal: 7 }), 7],
    ['with keys that nobody knows', JSON.stringify({ v: 2, ...started, metadata: { type: 'x', payload: {}, ordinal: 9 } }), 7],
    [
      'with the payload type not first',
      JSON.stringify(line('event_msg', { turn_id: 't', type: 'task_started' }, { ordinal: 7 })),
      7,
    ],
    ['with escapes in its words', JSON.stringify(started).replace('task_', 'ta\\u0073k_').replace('event_', '\\u0065vent_'), 7],
    ['with a space before the payload only', JSON.stringify(started).replace('"payload":', '"payload": '), 7],
    ['with an ordinal spelled as a float, which Codex takes for none', JSON.stringify(started).replace(':7,', ':7.0,'), null],
  ])('is read %s', (_spelling, text, ordinal) => {
    const head = headOf(text);
    expect(head).toMatchObject({ kind: 'event_msg/task_started', timestamp: TIME, ordinal });
    expect(Buffer.from(text)[head.payloadStart]).toBe('{'.charCodeAt(0));
  });

  test.each<Mode>(['legacy', 'paginated'])('is the same in every spelling of a %s rollout', (mode) => {
    for (const [at, record] of recordsOf(mode, placeAt('/home/al/x'), turns(2)).entries()) {
      const type = (record.payload as { type?: string }).type;
      const kind = ['event_msg', 'response_item'].includes(record.type) ? `${record.type}/${type}` : record.type;
      const expected = { kind, timestamp: record.timestamp, ordinal: record.ordinal ?? null };
      for (const text of [JSON.stringify(record), asPython(record), atRandom(record, at)])
        expect([text, headOf(text)]).toMatchObject([text, expected]);
    }
  });

  test.each([
    [
      'an ordinal beyond 2^53',
      `{"timestamp":"${TIME}","ordinal":12345678901234567890,"type":"compacted","payload":{}}`,
      'compacted',
      2 ** 53,
    ],
    ['an ordinal that is a string', `{"timestamp":"${TIME}","ordinal":"7","type":"compacted","payload":{}}`, 'compacted', null],
    ['a negative ordinal', `{"timestamp":"${TIME}","ordinal":-1,"type":"compacted","payload":{}}`, 'compacted', null],
    ['no payload', `{"timestamp":"${TIME}","type":"event_msg"}`, 'event_msg', null],
    ['a payload that is no object', `{"timestamp":"${TIME}","type":"event_msg","payload":"x"}`, 'event_msg', null],
    ['a payload without a type', `{"timestamp":"${TIME}","type":"event_msg","payload":{}}`, 'event_msg/', null],
    ['a type that is no string', `{"timestamp":"${TIME}","type":7,"payload":{}}`, '', null],
    ['no JSON', 'hello', '', null],
    ['nothing', '', '', null],
  ])('of a line with %s is read as far as it goes', (_what, text, kind, ordinal) => {
    expect(headOf(text)).toMatchObject({ kind, ordinal });
  });
});

describe('the weight of a line', () => {
  const userText = (text: string) =>
    line('response_item', { type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
  const role = (name: string) => line('response_item', { type: 'message', role: name, content: [{ text: 'x' }] });
  const event = (type: string) => line('event_msg', { type });
  test.each([
    ['the first session_meta', line('session_meta', { id: 'x' }), true, 'preamble'],
    ['a later session_meta', line('session_meta', { id: 'x' }), false, 'bookkeeping'],
    ['a turn context', line('turn_context', { cwd: '/x' }), false, 'preamble'],
    ['a world state', line('world_state', { full: true }), false, 'preamble'],
    ['a token count', event('token_count'), false, 'preamble'],
    ['an event that says not which', line('event_msg', {}), false, 'preamble'],
    ['settings', event('thread_settings_applied'), false, 'bookkeeping'],
    ['a new name', event('thread_name_updated'), false, 'bookkeeping'],
    ['a developer message', role('developer'), false, 'preamble'],
    ['a system message', role('system'), false, 'preamble'],
    ['an environment context', userText('<environment_context>\n  <cwd>/x</cwd>'), false, 'preamble'],
    ['user instructions', userText('<user_instructions>\n'), false, 'preamble'],
    ['permissions', userText('<permissions instructions>\n'), false, 'preamble'],
    ['AGENTS.md', userText('# AGENTS.md instructions for /x\n'), false, 'preamble'],
    [
      'an environment context behind an image',
      line('response_item', { type: 'message', role: 'user', content: [{ image_url: 'x' }, { text: '<environment_context>' }] }),
      false,
      'preamble',
    ],
    ['what a user says', userText('hello'), false, 'history'],
    ['what a user says about an opening', userText('what is an <environment_context>?'), false, 'history'],
    ['what a user quotes', userText('what does "<environment_context>" mean?'), false, 'history'],
    ['what the assistant says', role('assistant'), false, 'history'],
    ['a message without a role', line('response_item', { type: 'message', content: [] }), false, 'history'],
    ['the start of a turn', event('task_started'), false, 'history'],
    ['the end of a turn', event('task_complete'), false, 'history'],
    ['a user message event', event('user_message'), false, 'history'],
    ['an agent message', event('agent_message'), false, 'history'],
    ['a completed item', event('item_completed'), false, 'history'],
    ['a rollback', event('thread_rolled_back'), false, 'history'],
    ['a tool call', line('response_item', { type: 'function_call' }), false, 'history'],
    ['its output', line('response_item', { type: 'function_call_output' }), false, 'history'],
    ['reasoning', line('response_item', { type: 'reasoning' }), false, 'history'],
    ['a compaction', line('compacted', { message: '' }), false, 'history'],
    ['what tokens were used', line('token_usage_record', {}), false, 'history'],
    ['a kind that nobody knows', line('brand_new', {}), false, 'history'],
  ] as const)('%s: the same in every spelling', (_what, record, isFirst, expected) => {
    for (const bytes of [jsonLine(record), Buffer.from(asPython(record))])
      expect(weigh(bytes, readHead(bytes), isFirst)).toBe(expected);
  });

  test('an environment context with escapes is still one', () => {
    const text = JSON.stringify(userText('<environment_context>\n  <cwd>/x</cwd>')).replaceAll('<', '\\u003c');
    const bytes = Buffer.from(text);
    expect(weigh(bytes, readHead(bytes), false)).toBe('preamble');
  });

  test('only task_started begins a turn', () => {
    const starts = recordsOf('paginated', placeAt('/x'), turns(3)).filter((record) => startsTurn(readHead(jsonLine(record))));
    expect(starts.length).toBe(3);
  });
});

describe('an encrypted item', () => {
  const encrypted = { summary: [], encrypted_content: 'gAAAA' };
  test.each([
    ['encrypted reasoning', line('response_item', { type: 'reasoning', ...encrypted }), true],
    ['a remote compaction', line('response_item', { type: 'compaction', ...encrypted }), true],
    ['a compaction with encrypted items', line('compacted', { replacement_history: [{ ...encrypted }] }), true],
    ['reasoning without', line('response_item', { type: 'reasoning', encrypted_content: null }), false],
    ['a message that speaks of it', line('response_item', { type: 'message', role: 'user', content: encrypted }), false],
  ])('%s', (_what, record, expected) => {
    for (const bytes of [jsonLine(record), Buffer.from(asPython(record))])
      expect(isEncrypted(bytes, readHead(bytes))).toBe(expected);
  });
});

describe('a line that is framed as Codex frames it', () => {
  const framed = JSON.stringify(line('event_msg', { type: 'agent_message', message: 'hello' }));
  const cases: [string, string, boolean][] = [
    ['a legacy line', framed, true],
    ['a paginated line', JSON.stringify(line('event_msg', { type: 'x' }, { ordinal: 3 })), true],
    ['the line of another tool', asPython(JSON.parse(framed)), false],
    ['a line without its last brace', framed.slice(0, -1), false],
    ['a line of zeros', '\0'.repeat(40), false],
    ['a line with zeros at its end', `${framed.slice(0, 60)}${'\0'.repeat(20)}`, false],
    ['a foreign line', '{"a":{"b":{}}}', false],
    ['nothing', '', false],
  ];
  test.each(cases)('%s', (_what, text, expected) => expect(readFramed(Buffer.from(text)) !== null).toBe(expected));

  test('is not found in any cut of a real line but the whole', () => {
    for (const record of recordsOf('paginated', placeAt('/home/al/x'), turns(1))) {
      const bytes = jsonLine(record);
      expect(readFramed(bytes)).toEqual(readHead(bytes));
      for (let cut = 0; cut < bytes.length; cut++) {
        const part = bytes.subarray(0, cut);
        if (readFramed(part)) expect(part.toString()).toMatch(/\}\}$/);
      }
    }
  });
});
