import { describe, expect, test } from 'vitest';
import { canonicalDigest, isSameLine } from '../../../scripts/lib/domain/compare/canonical_line.ts';
import { idFrom, type Mode, placeAt, type Record_, recordsOf, turns } from '../../fixtures/records_at_places.ts';
import { asPython, atRandom, jsonLine } from '../../fixtures/spelling.ts';

const TIME = '2026-11-21T10:08:09.045Z';
const line = (type: string, payload: string, timestamp = TIME): string =>
  `{"timestamp":"${timestamp}","type":"${type}","payload":${payload}}`;

function expectSame(a: Buffer | string, b: Buffer | string, same: boolean): void {
  const [one, other] = [Buffer.from(a), Buffer.from(b)];
  expect(isSameLine(one, other)).toBe(same);
  expect(isSameLine(other, one)).toBe(same);
  expect(canonicalDigest(one) === canonicalDigest(other)).toBe(same);
}

const context = (text: string): string =>
  line('response_item', JSON.stringify({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] }));
const meta = (change: object = {}): string =>
  line('session_meta', JSON.stringify({ id: idFrom('a'), timestamp: TIME, cwd: '/a', cli_version: '0.169.0', ...change }));
const turnContext = (policy: object): string =>
  line('turn_context', JSON.stringify({ turn_id: 't', cwd: '/a', sandbox_policy: policy }));
const settings = (change: object): string =>
  line('event_msg', JSON.stringify({ type: 'thread_settings_applied', thread_settings: { cwd: '/a', model: 'm', ...change } }));
const completed = (item: object, thread_id = idFrom('a')): string =>
  line('event_msg', JSON.stringify({ type: 'item_completed', thread_id, turn_id: 't', item }));

describe('two lines are the same', () => {
  test.each([
    ['key order', line('x', '{"a":1,"b":{"c":2,"d":3}}'), line('x', '{"b":{"d":3,"c":2},"a":1}')],
    ['head order', line('x', '{}'), `{"payload":{},"type":"x","timestamp":"${TIME}"}`],
    ['1.0 and 1', line('x', '{"a":1.0}'), line('x', '{"a":1}')],
    ['1e5 and 100000', line('x', '{"a":1e5}'), line('x', '{"a":100000}')],
    ['-0 and 0', line('x', '{"a":-0}'), line('x', '{"a":0}')],
    ['a float as Python spells it', line('x', '{"a":1795255689.142365}'), line('x', '{"a":1.795255689142365e9}')],
    ['\\u00e9 and é', line('x', '{"a":"\\u00e9"}'), line('x', '{"a":"é"}')],
    ['an escaped surrogate pair', line('x', '{"a":"\\ud83d\\ude00"}'), line('x', '{"a":"😀"}')],
    ['\\/ and /', line('x', '{"a":"a\\/b"}'), line('x', '{"a":"a/b"}')],
    ['an escaped key', line('x', '{"\\u0061":1}'), line('x', '{"a":1}')],
    ['white space', line('x', '{"a":[1,2]}'), line('x', '{ "a" : [ 1 , 2 ] }\r')],
    [
      'the ordinal',
      line('x', '{}').replace(',"type"', ',"ordinal":3,"type"'),
      line('x', '{}').replace(',"type"', ',"ordinal":9,"type"'),
    ],
    ['an ordinal on one side only', line('x', '{}').replace(',"type"', ',"ordinal":3,"type"'), line('x', '{}')],
    ['the working folder', meta(), meta({ cwd: 'C:\\b' })],
    ['the thread', meta({ session_id: idFrom('a') }), meta({ id: idFrom('b'), session_id: idFrom('b') })],
    [
      'what it continues',
      meta({ history_base: { thread_id: 'a', end_ordinal_exclusive: 1 }, forked_from_ordinal_exclusive: 1 }),
      meta({ history_base: { thread_id: 'b', end_ordinal_exclusive: 2 }, forked_from_ordinal_exclusive: 2 }),
    ],
    ['session_meta.timestamp', meta(), meta({ timestamp: '2027-01-01T00:00:00Z' })],
    [
      'the window',
      meta({ context_window: { window_id: 'w1', window_number: 0 } }),
      meta({ context_window: { window_id: 'w2', window_number: 0 } }),
    ],
    ['workspace roots', meta({ runtime_workspace_roots: ['/a'] }), meta({ runtime_workspace_roots: ['/b', '/c'] })],
    ['workspace roots on one side only', meta({ runtime_workspace_roots: ['/a'] }), meta()],
    ['writable roots', turnContext({ type: 'w', writable_roots: ['/a'] }), turnContext({ type: 'w', writable_roots: ['/b'] })],
    ['writable roots that were added', turnContext({ type: 'w' }), turnContext({ type: 'w', writable_roots: ['/b'] })],
    [
      'settings here and there',
      settings({ runtime_workspace_roots: ['/a'] }),
      settings({ cwd: 'C:\\b', runtime_workspace_roots: ['C:\\b'] }),
    ],
    [
      'the <cwd> of an environment context',
      context('<environment_context>\n<cwd>/a</cwd>\n<shell>x</shell>'),
      context('<environment_context>\n<cwd>/b/c</cwd>\n<shell>x</shell>'),
    ],
    [
      'an environment context with escapes',
      context('<environment_context>\n<cwd>/a</cwd>'),
      context('<environment_context>\n<cwd>/b</cwd>').replaceAll('<', '\\u003c'),
    ],
    [
      'the <cwd> of what is no environment context, which the sibling rewrites',
      context('see <cwd>/a</cwd>'),
      context('see <cwd>/b</cwd>'),
    ],
    ['the parent', meta({ parent_thread_id: idFrom('a') }), meta({ parent_thread_id: idFrom('b') })],
    ['agents and their states', completed({ agents_states: { a: 1 } }), completed({ agents_states: { b: 1 } })],
    ['the thread of an item', completed({ type: 'X' }), completed({ type: 'X' }, idFrom('b'))],
    ['a file URI', completed({ type: 'X', cwd: 'file:///a' }), completed({ type: 'X', cwd: 'file:///C:/b' })],
    ['changed files', completed({ changes: { '/a/x': { n: 1 } } }), completed({ changes: { '/b/x': { n: 1 } } })],
    ['the path of an image', completed({ content: [{ path: '/a/1.png' }] }), completed({ content: [{ path: '/b/1.png' }] })],
  ])('but for %s', (_what, a, b) => {
    expect(a).not.toBe(b);
    expectSame(a, b, true);
  });

  test.each<Mode>(['legacy', 'paginated'])('in any spelling and at any place: a whole %s conversation', (mode) => {
    const there = recordsOf(mode, placeAt('C:\\Users\\jian\\Documents\\R\\x', 'there'), turns(2));
    const here = recordsOf(mode, placeAt('/home/jw/Documents/R/x', 'here'), turns(2));
    for (const [at, record] of there.entries()) {
      const twin = here[at] as Record_;
      if (JSON.stringify(record).includes('Output:')) continue; // What a tool printed is no surface.
      expectSame(jsonLine(record), asPython(twin), true);
      expectSame(jsonLine(record), atRandom(twin, at), true);
    }
  });
});

describe('two lines are not the same with', () => {
  const text = (said: string): string => line('event_msg', JSON.stringify({ type: 'agent_message', message: said }));
  test.each([
    ['another text', text('yes'), text('no')],
    ['a text that differs in white space', text('yes'), text('yes ')],
    [
      'another time of an event',
      text('yes'),
      line('event_msg', '{"type":"agent_message","message":"yes"}', '2026-11-21T10:08:09.046Z'),
    ],
    ['another time of the first line', meta(), meta().replace(TIME, '2026-11-21T10:08:09.046Z')],
    ['another number beyond 2^53', line('x', '{"a":9007199254740993}'), line('x', '{"a":9007199254740992}')],
    ['another number of twenty digits', line('x', '{"a":12345678901234567890}'), line('x', '{"a":12345678901234567891}')],
    ['another float', line('x', '{"a":0.1}'), line('x', '{"a":0.10000000000000002}')],
    ['another turn', line('turn_context', '{"turn_id":"t1","cwd":"/a"}'), line('turn_context', '{"turn_id":"t2","cwd":"/a"}')],
    ['another kind', line('x', '{"a":1}'), line('y', '{"a":1}')],
    ['another kind of payload', line('event_msg', '{"type":"a"}'), line('event_msg', '{"type":"b"}')],
    ['a number for a string', line('x', '{"a":1}'), line('x', '{"a":"1"}')],
    ['null for a folder', meta({ cwd: null }), meta({ cwd: '/a' })],
    ['null for nothing', line('x', '{"a":null}'), line('x', '{}')],
    ['another order of elements', line('x', '{"a":[1,2]}'), line('x', '{"a":[2,1]}')],
    ['one key more', line('x', '{"a":1}'), line('x', '{"a":1,"b":2}')],
    [
      'one element more',
      completed({ parsed_cmd: [{ path: '/a' }] }),
      completed({ parsed_cmd: [{ path: '/a' }, { path: '/b' }] }),
    ],
    ['another change of the same file', completed({ changes: { '/a': { n: 1 } } }), completed({ changes: { '/a': { n: 2 } } })],
    ['another setting', settings({ model: 'm1' }), settings({ model: 'm2' })],
    [
      'another environment context beside its <cwd>',
      context('<environment_context><cwd>/a</cwd> x'),
      context('<environment_context><cwd>/a</cwd> y'),
    ],
    ['a cwd at a place that is no surface', line('x', '{"cwd":"/a"}'), line('x', '{"cwd":"/b"}')],
    ['another state of an agent', completed({ agents_states: { a: 1 } }), completed({ agents_states: { a: 2 } })],
    ['another agent in a user’s words', context(`the agent ${idFrom('a')} is done`), context(`the agent ${idFrom('b')} is done`)],
    [
      'another answer of an agent',
      context(`<subagent_notification>${idFrom('a')} yes`),
      context(`<subagent_notification>${idFrom('a')} no`),
    ],
    ['another cli_version', meta(), meta({ cli_version: '0.145.0' })],
    ['one that is torn', text('yes'), text('yes').slice(0, -1)],
    ['two that are no JSON', 'garbage 1', 'garbage 2'],
  ])('%s', (_what, a, b) => expectSame(a, b, false));
});

test('bytes that are no JSON are the same as themselves', () => expectSame('garbage', 'garbage', true));
