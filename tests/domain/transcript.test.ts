import { isUtf8 } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { canonicalDigest } from '../../scripts/lib/domain/canonical_line.ts';
import { readTranscript, type Transcript } from '../../scripts/lib/domain/transcript.ts';
import { conversation, type Mode, placeAt, type Record_, turns } from '../fixtures/rollout_builder.ts';
import { jsonLine, jsonl, linesOf } from '../fixtures/spelling.ts';

const read = (bytes: Buffer | string): Transcript => readTranscript(linesOf(bytes), { isUtf8 });
const place = placeAt('/home/al/x');

describe.each<Mode>(['legacy', 'paginated'])('one pass over a %s rollout', (mode) => {
  const records = conversation(mode, place, turns(3));
  const bytes = jsonl(records);

  test('tells who it is and how much it holds', () => {
    const first = records.find(({ payload }) => payload.type === 'task_started');
    expect(read(bytes)).toEqual({
      meta: {
        id: place.threadId,
        timestamp: '2026-11-21T10:08:08.971Z',
        cwd: '/home/al/x',
        cliVersion: mode === 'legacy' ? '0.117.0' : '0.169.0',
        modelProvider: 'openai',
        historyMode: mode,
        historyBase: null,
        forkedFromId: null,
        parentThreadId: null,
        source: 'vscode',
        ownFromOrdinal: 0,
      },
      lines: records.length,
      turns: 3,
      encryptedItems: 3,
      bytes: bytes.length,
      lastOrdinal: mode === 'legacy' ? null : records.length - 1,
      root: canonicalDigest(jsonLine(first)),
      firstUserMessage: 'question 0',
      lastTimestamp: records.at(-1)?.timestamp,
      tornAt: null,
      tornLines: 0,
      fault: null,
    });
  });

  test('finds a torn last line wherever it is cut, and counts what is whole', () => {
    const lastStart = jsonl(records.slice(0, -1)).length;
    for (let cut = lastStart + 1; cut < bytes.length - 1; cut++)
      expect(read(bytes.subarray(0, cut))).toMatchObject({ tornAt: lastStart, lines: records.length - 1, fault: null });
  });

  test('takes a last line that only lacks its newline', () => {
    expect(read(bytes.subarray(0, -1))).toMatchObject({ tornAt: null, lines: records.length, fault: null });
  });

  test('carries an unfinished record in the middle', () => {
    const torn = Buffer.concat([jsonl(records.slice(0, 5)), Buffer.from('{"timestamp":"2026\n'), jsonl(records.slice(5))]);
    expect(read(torn)).toMatchObject({ tornLines: 1, tornAt: null, fault: null, turns: 3 });
  });

  test('has the root of the same conversation at another place', () => {
    const other = conversation(mode, placeAt('C:\\Users\\jian\\x', 'other'), turns(1));
    expect(read(jsonl(other)).root).toBe(read(bytes).root);
  });
});

describe('a rollout that nobody should import is given with the reason and the byte:', () => {
  const records = conversation('legacy', place, turns(1));
  const [first, ...rest] = records as [Record_, ...Record_[]];
  const start = jsonl([first]).length;
  const flipped = (from: string, to: string): Buffer =>
    Buffer.concat([Buffer.from(`${JSON.stringify(first).replace(from, to)}\n`), jsonl(rest)]);
  const put = (middle: Buffer | string): Buffer => Buffer.concat([jsonl([first]), Buffer.from(middle), jsonl(rest)]);
  test.each<[string, Buffer, string, number]>([
    ['a line that is not JSON', put('hello\n'), 'a line is not a JSON object', start],
    ['a line that is an array', put('[]\n'), 'a line is not a JSON object', start],
    ['a line that breaks in the middle', put('{"timestamp":"x","type":oops}\n'), 'a line is not a JSON object', start + 24],
    [
      'two records on one line',
      put(`${JSON.stringify(first)} ${JSON.stringify(first)}x\n`),
      'a line is not a JSON object',
      start + JSON.stringify(first).length + 1,
    ],
    ['a run of NUL bytes', put(`${'\0'.repeat(64)}\n`), 'a line holds NUL bytes', start],
    ['a NUL byte in a text', put('{"timestamp":"a","type":"x","payload":{"a":"\0"}}\n'), 'a line holds NUL bytes', start + 44],
    [
      'a byte that is not UTF-8',
      put(Buffer.from('{"timestamp":"a","type":"x","payload":{"a":"\xff"}}\n', 'latin1')),
      'a line is not valid UTF-8',
      start,
    ],
    ['no session_meta first', jsonl(rest), 'the first line is not a session_meta', 0],
    [
      'no session_meta first, after an empty line',
      Buffer.concat([Buffer.from('\n'), jsonl(rest)]),
      'the first line is not a session_meta',
      1,
    ],
    [
      'a session_meta without a payload',
      jsonl([{ ...first, payload: null }, ...rest]),
      'the first line is not a session_meta',
      0,
    ],
    ['nothing at all', Buffer.alloc(0), 'it has no session_meta line', 0],
    ['only empty lines', Buffer.from('\n\n \r\n'), 'it has no session_meta line', 0],
    ['only a torn session_meta', jsonl([first]).subarray(0, 50), 'it has no session_meta line', 0],
    [
      'a first line that was not finished',
      Buffer.concat([jsonl([first]).subarray(0, 50), Buffer.from('\n'), jsonl(records)]),
      'a line is not a JSON object',
      50,
    ],
    // Bit flips that keep the frame of a record.
    ['a first line with two colons', flipped('"cli_version":', '"cli_version":"0":'), 'a line is not a JSON object', 220],
    ['a first line with a raw tab in a text', flipped('codex_cli', 'codex\tcli'), 'a line is not a JSON object', 0],
    ['a first line with an escape that is none', flipped('codex_cli', 'codex\\qcli'), 'a line is not a JSON object', 0],
    ['a byte order mark', Buffer.concat([Buffer.from('\uFEFF'), jsonl(records)]), 'a line is not a JSON object', 0],
  ])('%s', (_what, bytes, reason, at) => expect(read(bytes).fault).toEqual({ reason, at }));

  test('but not for a NUL run that a power cut left behind the last newline', () => {
    const bytes = Buffer.concat([jsonl(records), Buffer.alloc(64)]);
    expect(read(bytes)).toMatchObject({ fault: null, tornAt: jsonl(records).length, lines: records.length });
  });

  test('nor for empty lines, U+2028, \\r or a kind that nobody knows', () => {
    const odd = [first, { timestamp: 'x', type: 'brand_new', payload: { text: 'a\u2028b\u2029c' } }, ...rest];
    const bytes = Buffer.from(jsonl(odd).toString().replaceAll('\n', '\r\n\n'));
    expect(read(bytes)).toMatchObject({ fault: null, tornLines: 0, lines: odd.length });
  });
});

describe('the last ordinal is told', () => {
  const records = conversation('paginated', place, turns(1));
  test.each<[string, (at: number) => number | undefined, number]>([
    ['from zero', (at) => at, records.length - 1],
    ['from a hundred', (at) => 100 + at, records.length + 99],
    ['with a gap', (at) => (at > 4 ? at + 1 : at), records.length],
    ['where the last lines have none', (at) => (at > 4 ? undefined : at), 4],
  ])('%s', (_how, ordinalAt, last) => {
    const numbered = records.map((record, at) => ({ ...record, ordinal: ordinalAt(at) }));
    expect(read(jsonl(numbered)).lastOrdinal).toBe(last);
  });
});

test('the first words of the user are told, whatever else stands beside them', () => {
  const [meta] = conversation('paginated', place, []) as [Record_];
  const content = [null, { type: 'image' }, { type: 'text', text: 'look at this' }];
  const item = { timestamp: 't', type: 'event_msg', payload: { type: 'item_completed', item: { type: 'UserMessage', content } } };
  expect(read(jsonl([meta, item])).firstUserMessage).toBe('look at this');
});

test('a history base is told with the thread it continues', () => {
  const [meta] = conversation('paginated', place, []) as [Record_];
  const base = { thread_id: 'abc', end_ordinal_exclusive: 152, end_byte_offset: 183113 };
  expect(read(jsonl([{ ...meta, payload: { ...meta.payload, history_base: base } }])).meta).toMatchObject({
    historyBase: { rolloutId: 'abc', endOrdinal: 152, endOffset: 183113 },
  });
  expect(read(jsonl([{ ...meta, payload: { ...meta.payload, history_base: null } }])).meta).toMatchObject({
    historyBase: null,
  });
});

test('what nests deeper than any Codex reads is refused', () => {
  const records = conversation('legacy', place, []);
  const deep = `{"timestamp":"x", "type":"y","payload":${'['.repeat(200)}${']'.repeat(200)}}\n`;
  expect(read(Buffer.concat([jsonl(records), Buffer.from(deep)])).fault?.reason).toBe('a line is not a JSON object');
});
