import { isUtf8 } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { canonicalDigest } from '../../../scripts/lib/domain/compare/canonical_line.ts';
import { readTranscript, type Transcript } from '../../../scripts/lib/domain/compare/transcript.ts';
import { type Mode, placeAt, type Record_, recordsOf, turns } from '../../fixtures/records_at_places.ts';
import { jsonLine, jsonl, linesOf } from '../../fixtures/spelling.ts';

const read = (bytes: Buffer | string): Transcript => readTranscript(linesOf(bytes), { isUtf8 });
const place = placeAt('/home/al/x');

describe.each<Mode>(['legacy', 'paginated'])('one pass over a %s rollout', (mode) => {
  const records = recordsOf(mode, place, turns(3));
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
        isV2Agent: false,
        source: 'vscode',
        ownFromOrdinal: 0,
        pluginFolders: 0,
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
      skippedLines: 0,
      skippedAt: null,
      notUtf8At: null,
      restartsAt: null,
      numbering:
        mode === 'legacy'
          ? expect.anything()
          : { next: records.length, highest: records.length - 1, lost: 0, brokenAt: null, unnumberedAt: null, before: 0 },
      rightsPlaces: expect.any(Object),
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
    expect(read(torn)).toMatchObject({
      skippedLines: 1,
      skippedAt: jsonl(records.slice(0, 5)).length,
      tornAt: null,
      fault: null,
      turns: 3,
    });
  });

  test('has the root of the same conversation at another place', () => {
    const other = recordsOf(mode, placeAt('C:\\Users\\jian\\x', 'other'), turns(1));
    expect(read(jsonl(other)).root).toBe(read(bytes).root);
  });
});

describe('a rollout that nobody should import is given with the reason and the byte:', () => {
  const records = recordsOf('legacy', place, turns(1));
  const [first, ...rest] = records as [Record_, ...Record_[]];
  const start = jsonl([first]).length;
  const flipped = (from: string, to: string): Buffer =>
    Buffer.concat([Buffer.from(`${JSON.stringify(first).replace(from, to)}\n`), jsonl(rest)]);
  const put = (middle: Buffer | string): Buffer => Buffer.concat([jsonl([first]), Buffer.from(middle), jsonl(rest)]);
  test.each<[string, Buffer, string, number]>([
    [
      'a byte that is not UTF-8',
      put(Buffer.from('{"timestamp":"a","type":"x","payload":{"a":"\xff"}}\n', 'latin1')),
      'a line is not valid UTF-8, so Codex cannot open the session',
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
      'the first line is not a JSON object',
      50,
    ],
    // Bit flips that keep the frame of a record.
    ['a first line with two colons', flipped('"cli_version":', '"cli_version":"0":'), 'the first line is not a JSON object', 220],
    ['a first line with a raw tab in a text', flipped('codex_cli', 'codex\tcli'), 'the first line is not a JSON object', 0],
    ['a first line with an escape that is none', flipped('codex_cli', 'codex\\qcli'), 'the first line is not a JSON object', 0],
    ['a byte order mark', Buffer.concat([Buffer.from('\uFEFF'), jsonl(records)]), 'the first line is not a JSON object', 0],
    ['half a surrogate pair in the first line', flipped('codex_cli', '\\ud800'), 'the first line is not a JSON object', 0],
    [
      'a first line without its originator',
      flipped('"originator":"codex_cli_rs",', ''),
      'Codex refuses its first line: `originator` is missing',
      0,
    ],
  ])('%s', (_what, bytes, reason, at) => expect(read(bytes).fault).toMatchObject({ reason, at }));

  test('but not for a NUL run that a power cut left behind the last newline', () => {
    const bytes = Buffer.concat([jsonl(records), Buffer.alloc(64)]);
    expect(read(bytes)).toMatchObject({ fault: null, tornAt: jsonl(records).length, lines: records.length });
  });

  test('nor for empty lines, U+2028, \\r or a kind that nobody knows', () => {
    const odd = [first, { timestamp: 'x', type: 'brand_new', payload: { text: 'a\u2028b\u2029c' } }, ...rest];
    const bytes = Buffer.from(jsonl(odd).toString().replaceAll('\n', '\r\n\n'));
    expect(read(bytes)).toMatchObject({ fault: null, skippedLines: 0, lines: odd.length });
  });
});

describe('the last ordinal is told', () => {
  const records = recordsOf('paginated', place, turns(1));
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
  const [meta] = recordsOf('paginated', place, []) as [Record_];
  const content = [null, { type: 'image' }, { type: 'text', text: 'look at this' }];
  const item = { timestamp: 't', type: 'event_msg', payload: { type: 'item_completed', item: { type: 'UserMessage', content } } };
  expect(read(jsonl([meta, item])).firstUserMessage).toBe('look at this');
});

test('a history base is told with the thread it continues', () => {
  const [meta] = recordsOf('paginated', place, []) as [Record_];
  const base = { thread_id: 'abc', end_ordinal_exclusive: 152, end_byte_offset: 183113 };
  expect(read(jsonl([{ ...meta, payload: { ...meta.payload, history_base: base } }])).meta).toMatchObject({
    historyBase: { rolloutId: 'abc', endOrdinal: 152, endOffset: 183113 },
  });
  expect(read(jsonl([{ ...meta, payload: { ...meta.payload, history_base: null } }])).meta).toMatchObject({
    historyBase: null,
  });
});

const MIDDLES: [string, string | Buffer][] = [
  ['garbage', 'hello'],
  ['an array', '[]'],
  ['null', 'null'],
  ['a number', '42'],
  ['a record that breaks', '{"timestamp":"x","type":oops}'],
  ['two records on one line', '{"timestamp":"x"} {"timestamp":"x"}x'],
  ['NUL bytes, as a power cut leaves them', Buffer.alloc(512)],
  ['NUL bytes in front of a record', `${'\0'.repeat(64)}{"timestamp":"x","type":"event_msg","payload":{"type":"x"}}`],
  ['a NUL byte in a text', '{"timestamp":"a","type":"event_msg","payload":{"a":"\0"}}'],
  ['what nests deeper than any Codex reads', `{"timestamp":"x", "type":"y","payload":${'['.repeat(200)}${']'.repeat(200)}}`],
];

describe.each<Mode>(['legacy', 'paginated'])(
  'a line in the middle that every Codex skips is carried in a %s rollout:',
  (mode) => {
    const records = recordsOf(mode, place, turns(2));
    test.each(MIDDLES)('%s', (_what, line) => {
      const before = jsonl(records.slice(0, 9));
      const read_ = read(Buffer.concat([before, Buffer.from(line), Buffer.from('\n'), jsonl(records.slice(9))]));
      expect(read_).toMatchObject({
        fault: null,
        skippedLines: 1,
        skippedAt: before.length,
        turns: 2,
        lines: records.length + 1,
      });
      if (mode === 'paginated') expect(read_.numbering.brokenAt).toBe(null);
    });
  },
);

test('a line that is no UTF-8 is carried in a paginated rollout, which Codex opens then', () => {
  const records = recordsOf('paginated', place, turns(1));
  const line = Buffer.from('{"timestamp":"a","type":"x","payload":{"a":"\xff"}}\n', 'latin1');
  const bytes = Buffer.concat([jsonl(records.slice(0, 5)), line, jsonl(records.slice(5))]);
  expect(read(bytes)).toMatchObject({ fault: null, notUtf8At: jsonl(records.slice(0, 5)).length, turns: 1 });
});

test('records with spaces in front, and lines of spaces, are as any others', () => {
  const records = recordsOf('paginated', place, turns(2));
  const spaced = Buffer.from(
    jsonl(records)
      .toString()
      .replaceAll(/^/gm, '  ')
      .replaceAll('\n', `\n${' '.repeat(40)}\n`),
  );
  expect(read(spaced)).toMatchObject({ fault: null, skippedLines: 0, turns: 2, lines: records.length });
  expect(read(spaced).root).toBe(read(jsonl(records)).root);
});

describe('the numbers of a paginated rollout are', () => {
  const records = recordsOf('paginated', place, turns(2));
  const numbered = (ordinalAt: (at: number) => unknown) =>
    read(jsonl(records.map((record, at) => ({ ...record, ordinal: ordinalAt(at) }) as Record_))).numbering;
  const last = records.length - 1;
  test.each<[string, (at: number) => unknown, boolean]>([
    ['right from 0 on', (at) => at, true],
    ['wrong from 1 on', (at) => at + 1, false],
    ['wrong with a gap', (at) => (at > 4 ? at + 1 : at), false],
    ['wrong where one comes twice', (at) => (at > 4 ? at - 1 : at), false],
    ['wrong where they begin again', (at) => (at > 8 ? at - 9 : at), false],
    ['wrong where they descend', (at) => last - at, false],
    ['wrong beyond 2^53', (at) => (at > 4 ? 2 ** 53 + 2 * at : at), false],
    ['wrong where one is a text', (at) => (at === 4 ? '4' : at), false],
    ['wrong where one is negative', (at) => (at === 4 ? -4 : at), false],
    ['wrong where the first is missing', (at) => (at === 0 ? undefined : at), false],
    ['wrong where all are missing', () => undefined, false],
  ])('%s', (_how, ordinalAt, isRight) => expect(numbered(ordinalAt).brokenAt === null).toBe(isRight));

  test('missing at the end, where Codex refuses the file', () => {
    expect(numbered((at) => (at > last - 2 ? undefined : at)).unnumberedAt).toBe(jsonl(records.slice(0, last - 1)).length);
    expect(numbered((at) => (at === 4 ? undefined : at)).unnumberedAt).toBe(null);
  });

  test('right where a lost line took one with it', () => {
    const bytes = Buffer.concat([jsonl(records.slice(0, 5)), Buffer.from('\0\0\0\n'), jsonl(records.slice(6))]);
    expect(read(bytes).numbering).toMatchObject({ brokenAt: null, next: records.length });
  });
});
