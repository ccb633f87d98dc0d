import { expect, test } from 'vitest';
import { respellFirstLine } from '../../../scripts/lib/domain/rollout/first_line_changes.ts';

const line = (payload: string): string => `{"timestamp":"t","ordinal":37,"type":"session_meta","payload":{${payload}}}`;
const BASE = '"history_base":{"thread_id":"x","end_ordinal_exclusive":37,"end_byte_offset":9}';
const respelled = (
  payload: string,
  ownFrom: number | null,
  modelProvider: string | null = null,
  withoutPlugins = false,
): string => respellFirstLine(Buffer.from(line(payload)), { ownFrom, modelProvider, withoutPlugins }).toString();

test.each([
  ['at the end', `"id":"a",${BASE}`, '"id":"a"'],
  ['in the middle', `"id":"a",${BASE},"cwd":"/c"`, '"id":"a","cwd":"/c"'],
  ['at the start', `${BASE},"id":"a"`, '"id":"a"'],
  ['with spaces around it', `"id":"a" , ${BASE} , "cwd":"/c"`, '"id":"a" , "cwd":"/c"'],
])('a base %s goes with its comma, and every other byte stays', (_where, before, after) => {
  expect(respelled(before, 1)).toBe(line(after));
  expect(() => JSON.parse(respelled(before, 1))).not.toThrow();
});

test('a sub-agent that was reverted tells where its own history begins now', () =>
  expect(respelled(`"subagent_history_start_ordinal":14,"x":1.0,${BASE}`, 13)).toBe(
    line('"subagent_history_start_ordinal":13,"x":1.0'),
  ));

test('a fork tells from which line on it is itself', () =>
  expect(respelled(`"forked_from_ordinal_exclusive":37,"x":1.0,${BASE}`, 36)).toBe(
    line('"forked_from_ordinal_exclusive":36,"x":1.0'),
  ));

test('a file that continues nothing keeps all of that', () =>
  expect(respelled('"forked_from_ordinal_exclusive":37', null)).toBe(line('"forked_from_ordinal_exclusive":37')));

test('folders that Codex would start programs of are left out, however they are spelled', () => {
  const folders = '[ {"id":"x","location":{"type":"environment","environmentId":"local","path":"file:///x"}} ]';
  expect(respelled(`"a":1.0,"selected_capability_roots" : ${folders},"b":[]`, null, null, true)).toBe(
    line('"a":1.0,"selected_capability_roots" : [],"b":[]'),
  );
  expect(respelled(`"selected_capability_root\\u0073":${folders}`, null, null, true)).toBe(
    line('"selected_capability_root\\u0073":[]'),
  );
});

test('only the model provider becomes the one of this machine', () =>
  expect(respelled('"model_provider":"theirs","note":"theirs"', null, 'a "b"')).toBe(
    line('"model_provider":"a \\"b\\"","note":"theirs"'),
  ));
