import { describe, expect, test } from 'vitest';
import { faultsOfFirstLine } from '../../../scripts/lib/domain/rollout/first_line_faults.ts';
import { conversation } from '../../fixtures/conversation.ts';

const PARENT = '01a22d27-9424-7131-a8c9-917eb04066bc';
const [first = ''] = conversation('faults', '/home/far/project', []).lines;
type Line = { payload: Record<string, unknown> };
/** What is wrong once these fields are other ones; `undefined` leaves one out. */
const faultsWith = (payload: object, record: object = {}): string[] => {
  const line = JSON.parse(first) as Line;
  return faultsOfFirstLine(Buffer.from(JSON.stringify({ ...line, ...record, payload: { ...line.payload, ...payload } })));
};
const spawned = (spawn: object) => ({ source: { subagent: { thread_spawn: { parent_thread_id: PARENT, depth: 1, ...spawn } } } });

/** Each row stands in the matrix of tests/real-codex/what_codex_opens.md: real Codex opens them all. */
describe('every Codex opens a session whose first line has', () => {
  test.each<[string, object]>([
    ['nothing odd', {}],
    ['neither source nor session_id', { source: undefined, session_id: undefined }],
    [
      'nulls',
      {
        model_provider: null,
        forked_from_id: null,
        git: null,
        base_instructions: null,
        dynamic_tools: null,
        parent_thread_id: null,
      },
    ],
    ['a time that is none', { timestamp: 'yesterday' }],
    ['a time of the year 1900', { timestamp: '1900-01-01T00:00:00Z' }],
    ['a source that nobody knows', { source: 'x' }],
    ['a custom source', { source: { custom: 'x' } }],
    ['a review', { source: { subagent: 'review' } }],
    ['another kind of sub-agent', { source: { subagent: { other: 'x' } } }],
    ['a sub-agent', spawned({ agent_path: '/root/one', agent_nickname: 'C', agent_role: null })],
    ['ids as other UUIDs are spelled', { session_id: PARENT.toUpperCase(), forked_from_id: `{${PARENT}}` }],
    ['a tool', { dynamic_tools: [{ name: 'a', description: 'b', inputSchema: {} }] }],
    ['fields that nobody knows', { something_new: { a: [1] } }],
    ['git that says little', { git: {} }],
  ])('%s', (_what, payload) => expect(faultsWith(payload)).toEqual([]));
});

describe('no Codex, or only an old one, opens a session whose first line has', () => {
  test.each<[string, object, string]>([
    ['no id', { id: undefined }, '`id` is missing'],
    ['an id that is none', { id: 'x' }, '`id` is invalid'],
    ['no time', { timestamp: undefined }, '`timestamp` is missing'],
    ...['0000', '0001', '1600', '10000'].map((year): [string, object, string] => [
      `the year ${year}`,
      { timestamp: `${year}-01-01T00:00:00Z` },
      '`timestamp` is invalid',
    ]),
    ['a history mode that is a number', { history_mode: 5 }, '`history_mode` is invalid (Codex 0.145 and later)'],
    ['no folder', { cwd: undefined }, '`cwd` is missing'],
    ['no originator', { originator: undefined }, '`originator` is missing'],
    ['no version', { cli_version: null }, '`cli_version` is invalid'],
    ['a source that is null', { source: null }, '`source` is invalid'],
    ['two sources in one', { source: { custom: 'x', subagent: 'review' } }, '`source` is invalid'],
    ['a sub-agent that nobody knows', { source: { subagent: 'x' } }, '`source` is invalid'],
    ['a sub-agent without its depth', spawned({ depth: undefined }), '`source` is invalid'],
    ['a sub-agent of a depth beyond 2^31', spawned({ depth: 2 ** 31 }), '`source` is invalid'],
    ['a sub-agent of nobody', spawned({ parent_thread_id: 'x' }), '`source` is invalid'],
    ['a sub-agent at no path', spawned({ agent_path: 'x' }), '`source` is invalid'],
    ['a fork of nothing', { forked_from_id: 'x' }, '`forked_from_id` is invalid'],
    ['tools that are an object', { dynamic_tools: {} }, '`dynamic_tools` is invalid'],
    [
      'a tool of the old spelling',
      { dynamic_tools: [{ name: 'a', description: 'b', input_schema: {} }] },
      '`dynamic_tools` is invalid',
    ],
    ['git that is a text', { git: 'main' }, '`git` is invalid'],
    ['instructions that are a text', { base_instructions: 'be kind' }, '`base_instructions` is invalid'],
    ['a session that is none', { session_id: 'x' }, '`session_id` is invalid (Codex 0.145 and later)'],
    ['a session that is null', { session_id: null }, '`session_id` is invalid (Codex 0.145 and later)'],
    ['a parent that is none', { parent_thread_id: 'x' }, '`parent_thread_id` is invalid (Codex 0.145 and later)'],
    ['agents of a later kind', { multi_agent_version: 'v3' }, '`multi_agent_version` is invalid (Codex 0.145 and later)'],
    ['a window without an id', { context_window: {} }, '`context_window` is invalid (Codex 0.145 and later)'],
    ['roots that are a text', { runtime_workspace_roots: '/a' }, '`runtime_workspace_roots` is invalid (Codex 0.160 and later)'],
    ['an account that is null', { account_scoped: null }, '`account_scoped` is invalid (Codex 0.169 and later)'],
  ])('%s', (_what, payload, fault) => expect(faultsWith(payload)).toEqual([fault]));

  test('no time of its own', () => expect(faultsWith({}, { timestamp: null })).toEqual(['the record has no `timestamp`']));
});

test('all that is wrong is told at once', () => expect(faultsWith({ originator: undefined, cwd: 7, git: [] })).toHaveLength(3));

test('what a Codex writes that is newer than any that was asked is not judged by its types', () => {
  expect(faultsWith({ cli_version: '0.172.0', multi_agent_version: 'v3', git: 'main' })).toEqual([]);
  expect(faultsWith({ cli_version: '0.172.0', cwd: undefined })).toEqual(['`cwd` is missing']);
});

/** Real Codex takes the last of two, most versions at any depth; a program was started by a second `payload`. */
test.each([
  [
    'the payload',
    (line: string) => line.replace(/\}$/, `,"payload":${/"payload":(.*)\}$/.exec(line)?.[1]}}`),
    '`payload` appears twice',
  ],
  ['a field', (line: string) => line.replace('"payload":{', '"payload":{"cwd":"/",'), '`cwd` appears twice'],
  ['a field by an escape', (line: string) => line.replace('"payload":{', '"payload":{"c\\u0077d":"/",'), '`cwd` appears twice'],
  ['something in a list', (line: string) => line.replace('"payload":{', '"payload":{"x":[{"a":1,"a":2}],'), '`a` appears twice'],
])('a first line that says %s twice is refused', (_what, respell, fault) =>
  expect(faultsOfFirstLine(Buffer.from(respell(first)))).toContain(fault),
);
