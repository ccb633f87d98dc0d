import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { fromCache, readContent } from '../../../scripts/lib/adapters/rollout/transcript_cache.ts';
import type { ByteRange } from '../../../scripts/lib/domain/rollout/byte_range.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const record = (type: string, payload: object): string =>
  JSON.stringify({ timestamp: '2026-11-21T10:00:00.000Z', type, payload });
const META = record('session_meta', {
  id: '01a1fd93-0000-7000-8000-000000000001',
  timestamp: '2026-11-21T10:00:00.000Z',
  cwd: '/home/a',
  originator: 'test',
  cli_version: '0.169.0',
});
const TURN = record('event_msg', { type: 'task_started', turn_id: 't' });
const line = fc.constantFrom(
  TURN,
  record('event_msg', { type: 'user_message', message: 'why – ö?' }),
  record('response_item', { type: 'reasoning', summary: [], encrypted_content: 'gAAA' }),
  `{"ordinal":7,${TURN.slice(1)}`,
  META,
  TURN.slice(0, 40),
  '',
  '  ',
  'no record',
  '{"a":"\0"}',
);
const rollout = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', ''))
  .map(([lines, end]) => Buffer.from([META, ...lines].join('\n') + end));

const write = (bytes: Buffer): ByteRange[] => {
  const file = path.join(folder, 'rollout');
  fs.writeFileSync(file, bytes);
  // As two ranges, the cut of which is anywhere.
  const middle = bytes.length >> 1;
  return [
    { file, from: 0, to: middle },
    { file, from: middle, to: bytes.length },
  ];
};
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

const noted = (bytes: Buffer) => {
  const { transcript, digest } = readContent(write(bytes), []);
  return { size: bytes.length, digest, transcript: JSON.stringify(transcript) };
};

test('content that begins with what was seen tells the same as if it never was', () => {
  fc.assert(
    fc.property(
      rollout,
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.boolean(),
      fc.boolean(),
      (bytes, share, isWhole, isOther) => {
        const cut = Math.round(share * bytes.length);
        const seen = Buffer.from(bytes.subarray(0, isWhole ? bytes.lastIndexOf(0x0a, cut) + 1 : cut));
        const cached = [noted(seen)];
        if (isOther && bytes.length > 0) bytes[bytes.length >> 2] = 0x78;
        const ranges = write(bytes);
        expect(readContent(ranges, cached)).toEqual(readContent(ranges, []));
        const known = fromCache(ranges, cached);
        if (known) expect(known).toEqual(readContent(ranges, []));
      },
    ),
    { numRuns: 500 },
  );
});

test('what was seen is not read again: where it is the beginning, what was noted of it counts', () => {
  const before = Buffer.from(`${META}\n${TURN}\n`);
  const known = noted(before);
  const marked = { ...known, transcript: known.transcript.replace('"turns":1', '"turns":41') };
  expect(marked.transcript).not.toBe(known.transcript);
  const grown = Buffer.concat([before, Buffer.from(`${TURN}\n`)]);
  expect(readContent(write(grown), [marked]).transcript.turns).toBe(42);
  expect(fromCache(write(before), [marked])?.transcript.turns).toBe(41);
  const other = Buffer.concat([Buffer.from(before.toString().replace('/home/a', '/home/b')), Buffer.from(`${TURN}\n`)]);
  expect(readContent(write(other), [marked]).transcript.turns).toBe(2);
});

test('a line that no newline had closed is read again', () => {
  const open = Buffer.from(`${META}\n${TURN}`);
  const known = { ...noted(open), transcript: noted(open).transcript.replace('"turns":1', '"turns":41') };
  expect(readContent(write(Buffer.concat([open, Buffer.from(`\n${TURN}\n`)])), [known]).transcript.turns).toBe(2);
});
