import { expect, test } from 'vitest';
import { readHead } from '../../../scripts/lib/domain/rollout/rollout_line.ts';
import { isInherited, parseSessionMeta, type SessionMeta } from '../../../scripts/lib/domain/rollout/session_meta.ts';
import { idFrom } from '../../fixtures/records_at_places.ts';
import { jsonLine } from '../../fixtures/spelling.ts';

const [own, parent] = [idFrom('own'), idFrom('parent')];

function metaOf(payload: object): SessionMeta {
  const bytes = jsonLine({ timestamp: 't', type: 'session_meta', payload: { id: own, ...payload } });
  return parseSessionMeta(bytes, readHead(bytes));
}

test.each([
  ['a word', 'cli', 'cli', null],
  [
    'JSON, which names the parent of a sub-agent',
    { subagent: { thread_spawn: { parent_thread_id: parent } } },
    `{"subagent":{"thread_spawn":{"parent_thread_id":"${parent}"}}}`,
    parent,
  ],
  ['nothing', null, '', null],
])('the source is %s', (_what, source, text, parentThreadId) =>
  expect(metaOf({ source, history_base: null })).toMatchObject({ source: text, parentThreadId }),
);

test.each([
  ['a numbered line before the fork', { forked_from_id: parent, forked_from_ordinal_exclusive: 5 }, 4, 'z', true],
  ['a numbered line from the fork on', { forked_from_id: parent, forked_from_ordinal_exclusive: 5 }, 5, 'a', false],
  ['a numbered line before a sub-agent began', { forked_from_id: parent, subagent_history_start_ordinal: 5 }, 4, 'z', true],
  ['a numbered line of no fork', { forked_from_ordinal_exclusive: 5 }, 4, 'a', false],
  ['an older line of a legacy fork', { forked_from_id: parent, timestamp: 'm' }, null, 'a', true],
  ['a later line of a legacy fork', { forked_from_id: parent, timestamp: 'm' }, null, 'm', false],
  ['a line of a legacy fork without a time', { forked_from_id: parent, timestamp: 'm' }, null, null, false],
  ['an older line of no fork', { timestamp: 'm' }, null, 'a', false],
  ['an older line without a number', { forked_from_id: parent, timestamp: 'm', history_mode: 'paginated' }, null, 'a', false],
])('%s is inherited: %j at %j, %j: %j', (_what, payload, ordinal, timestamp, expected) =>
  expect(isInherited(metaOf(payload), { ordinal, timestamp })).toBe(expected),
);
