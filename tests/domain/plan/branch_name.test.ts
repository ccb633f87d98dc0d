import { expect, test } from 'vitest';
import type { Transcript } from '../../../scripts/lib/domain/compare/transcript.ts';
import { isMadeName, nameOfCopy, withoutMark } from '../../../scripts/lib/domain/plan/branch_name.ts';

const last = (lastTimestamp: string | null): Transcript => ({ lastTimestamp, meta: null }) as Transcript;

test.each([
  ['branch', 'Fix the plant', '2026-11-21T10:08:09.045Z', 'Fix the plant (incoming branch, 2026-11-21 10:08 UTC)'],
  ['copy', 'Fix the plant', '2026-11-21T10:08:09.045Z', 'Fix the plant (imported copy, 2026-11-21 10:08 UTC)'],
] as const)('a %s is told apart in the picker', (kind, name, time, expected) =>
  expect(nameOfCopy(kind, name, last(time))).toBe(expected),
);

test('a long name is cut, the time stays', () => {
  const made = nameOfCopy('branch', 'x'.repeat(500), last('2026-11-21T10:08:09.045Z'));
  expect(made.length).toBeLessThan(110);
  expect(made).toMatch(/^x{59}… \(incoming branch, 2026-11-21 10:08 UTC\)$/);
});

test('a name of emoji is not cut in half', () => {
  const made = nameOfCopy('branch', '😀'.repeat(80), last(null));
  expect(Buffer.from(made).toString()).toBe(made);
});

test.each([['branch'], ['copy']] as const)('whatever the transcript says, the name of a %s is known as a made one', (kind) => {
  for (const time of ['2026-11-21T10:08:09.045Z', 'no (time) at all', '', null]) {
    const made = nameOfCopy(kind, 'Plant', last(time));
    expect([isMadeName(made), withoutMark(made)]).toEqual([true, 'Plant']);
    expect(nameOfCopy(kind, made, last(time))).toBe(made);
  }
});

test.each([
  ['x (incoming branch, 2026-11-21 10:08 UTC) (incoming branch, 2026-11-22 10:08 UTC)', 'x'],
  ['x (incoming branch,  UTC)', 'x'],
  ['x (imported copy, 2026-11-2…', 'x'],
  ['x (incoming branch, 2026-11-21 10:08 UTC...', 'x'],
])('%s is a made name, of a chain or cut', (name, from) => expect([isMadeName(name), withoutMark(name)]).toEqual([true, from]));

test.each([
  'x (incoming branch)',
  'x (incoming branch, of the river)',
  'incoming branch, 2026-11-21 10:08 UTC',
  'x (incoming branch, 2026-11-21 10:08 UTC) again',
])('%s is a name of a user', (name) => expect(isMadeName(name)).toBe(false));
