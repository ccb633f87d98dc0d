import fc from 'fast-check';
import { validate, version } from 'uuid';
import { expect, test } from 'vitest';
import { asThreadId, deriveThreadId, timeOfThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('a derived id is a UUIDv7 that carries its time', () => {
  fc.assert(
    fc.property(time, fc.string(), (milliseconds, seed) => {
      const id = deriveThreadId(milliseconds, seed);
      expect([validate(id), version(id), asThreadId(id)]).toEqual([true, 7, id]);
      expect(timeOfThreadId(id)).toBe(milliseconds);
    }),
  );
});

test('the same branch has the same id, another one another id', () => {
  fc.assert(
    fc.property(time, fc.string(), fc.string(), (milliseconds, one, other) => {
      expect(deriveThreadId(milliseconds, one) === deriveThreadId(milliseconds, other)).toBe(one === other);
    }),
  );
});

test('ids sort by time', () => {
  fc.assert(fc.property(time, time, (a, b) => a === b || deriveThreadId(a, 'x') < deriveThreadId(b, 'y') === a < b));
});

test.each([
  ['fractions', 1795255689724.9, 1795255689724],
  ['no number', Number.NaN, 0],
  ['a time before 1970', -5, 0],
  ['a time beyond 48 bits', 2 ** 60, 2 ** 48 - 1],
  ['no end', Number.POSITIVE_INFINITY, 0],
])('%s give a valid id too', (_what, milliseconds, carried) => {
  const id = deriveThreadId(milliseconds, 'seed');
  expect(validate(id)).toBe(true);
  expect(timeOfThreadId(id)).toBe(carried);
});

test('the id of a branch made today is the one made by every later version', () => {
  expect(deriveThreadId(1795255689724, 'seed')).toBe('01a1fd93-e1fc-79b2-9856-e1c150ca834c');
});

test.each([
  '',
  '../x',
  '01a1fd93-deed-7910-91cc-6abe6579bb5',
  '01A1FD93-DEED-7910-91CC-6ABE6579BB55',
  ' 01a1fd93-deed-7910-91cc-6abe6579bb55',
  '01a1fd93-deed-7910-91cc-6abe6579bb55\n',
  '01a1fd93deed791091cc6abe6579bb55',
  null,
  7,
  {},
])('%j is no thread id', (text) => expect(asThreadId(text)).toBeNull());

test.each(['01a1fd93-deed-7910-91cc-6abe6579bb55', 'b3f1c1a0-1111-4222-8333-944455556666'])(
  '%s is one, of whatever version',
  (text) => expect(asThreadId(text)).toBe(text),
);
