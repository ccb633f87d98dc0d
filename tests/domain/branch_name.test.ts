import { expect, test } from 'vitest';
import { nameOfCopy } from '../../scripts/lib/domain/branch_name.ts';
import type { Transcript } from '../../scripts/lib/domain/transcript.ts';

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
