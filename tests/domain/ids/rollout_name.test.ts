import { afterEach, describe, expect, test } from 'vitest';
import {
  baseName,
  compressed,
  parseRolloutName,
  rolloutPathFor,
  uncompressed,
} from '../../../scripts/lib/domain/ids/rollout_name.ts';
import { deriveThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

describe('the path of a new session is in local time', () => {
  test.each([
    ['UTC', '2026-11-20T23:17:59.999Z', 'sessions/2026/11/20/rollout-2026-11-20T23-17-59-', 0],
    ['Asia/Shanghai', '2026-11-20T23:17:59.999Z', 'sessions/2026/11/21/rollout-2026-11-21T07-17-59-', -480],
    ['America/New_York', '2026-11-21T04:17:31.000Z', 'sessions/2026/11/20/rollout-2026-11-20T23-17-31-', 300],
    ['America/New_York', '2026-07-01T03:59:59.000Z', 'sessions/2026/06/30/rollout-2026-06-30T23-59-59-', 240],
    ['Asia/Kolkata', '2025-12-31T18:30:00.000Z', 'sessions/2026/01/01/rollout-2026-01-01T00-00-00-', -330],
  ])('%s at %s', (timeZone, time, start, offset) => {
    process.env.TZ = timeZone;
    expect(new Date(time).getTimezoneOffset()).toBe(offset);
    const id = deriveThreadId(Date.parse(time), 'x');
    expect(rolloutPathFor(id)).toBe(`${start}${id}.jsonl`);
    expect(parseRolloutName(baseName(rolloutPathFor(id)))).toEqual({
      threadId: id,
      segmentId: null,
      rolloutId: id,
      plainName: baseName(rolloutPathFor(id)),
      folder: rolloutPathFor(id).split('/').slice(1, 4).join('/'),
    });
  });
});

const id = '01a1fd93-deed-7910-91cc-6abe6579bb55';
describe('a rollout name', () => {
  test('of a segment names thread and segment', () => {
    expect(parseRolloutName(`rollout-2026-11-21T10-08-08-${id}_${id.replace('01', '02')}.jsonl`)).toEqual({
      threadId: id,
      segmentId: id.replace('01', '02'),
      rolloutId: id.replace('01', '02'),
      plainName: `rollout-2026-11-21T10-08-08-${id}.jsonl`,
      folder: '2026/11/21',
    });
  });

  test('with an id in upper case is of the thread in lower case, as Codex takes it', () => {
    const name = `rollout-2026-11-21T10-08-08-${id.toUpperCase()}_${id.toUpperCase().replace('01', '02')}.jsonl`;
    expect(parseRolloutName(name)).toMatchObject({
      threadId: id,
      rolloutId: id.replace('01', '02'),
      plainName: `rollout-2026-11-21T10-08-08-${id.toUpperCase()}.jsonl`,
    });
  });

  test('of a compressed file is that of the plain one', () => {
    const plain = `rollout-2026-11-21T10-08-08-${id}_${id.replace('01', '02')}.jsonl`;
    expect(parseRolloutName(`${plain}.zst`)).toEqual(parseRolloutName(plain));
    expect([uncompressed(`${plain}.zst`), uncompressed(plain), compressed(plain)]).toEqual([plain, plain, `${plain}.zst`]);
  });

  test.each([
    `rollout-2026-11-21T10-08-08-${id}.zst`,
    `rollout-2026-11-21T10-08-08-${id}.jsonl.zst.zst`,
    `rollout-2026-11-21T10-08-08-${id}.jsonl.gz`,
    `rollout-2026-11-21T10-08-08-${id}.json`,
    `rollout-2026-11-21T10-08-08-${id.replace('a', 'g')}.jsonl`,
    `ROLLOUT-2026-11-21T10-08-08-${id}.jsonl`,
    `rollout-2026-11-21T10-08-08-${id}.jsonl\n`,
    `xrollout-2026-11-21T10-08-08-${id}.jsonl`,
    `rollout-${id}.jsonl`,
    `rollout-2026-11-21-${id}.jsonl`,
    `rollout-2026-11-21T10-08-08-..jsonl`,
    `../rollout-2026-11-21T10-08-08-${id}.jsonl`,
    '',
    '..',
  ])('is not %j', (name) => expect(parseRolloutName(name)).toBeNull());
});

test.each([
  ['/a/b/c.jsonl', 'c.jsonl'],
  ['C:\\a\\b\\c.jsonl', 'c.jsonl'],
  ['\\\\?\\C:\\a/b\\c.jsonl', 'c.jsonl'],
  ['c.jsonl', 'c.jsonl'],
  ['../../etc/passwd', 'passwd'],
  ['a/..', '..'],
  ['a/', ''],
  ['', ''],
])('the last component of %j is %j', (path, name) => expect(baseName(path)).toBe(name));
