import { expect, test } from 'vitest';
import {
  isTransactionId,
  nextTransactionTime,
  timeOfTransaction,
  timesInOrder,
} from '../../../scripts/lib/domain/ids/transaction_id.ts';

const ID = '019a1fdf-a460-771c-9722-2b817fa07898';

test.each([
  [ID, true],
  ['019a1fdf-a460-471c-9722-2b817fa07898', false],
  [`${ID}.set-aside`, false],
  [ID.toUpperCase(), false],
  ['notes', false],
])('%s is the name of a transaction: %s', (name, is) => expect(isTransactionId(name)).toBe(is));

test('the next id is later than the newest, whatever the clock says', () => {
  const time = timeOfTransaction(ID);
  expect(new Date(time).toISOString()).toBe('2025-10-26T09:35:41.664Z');
  expect(nextTransactionTime(null, time)).toBe(time);
  expect(nextTransactionTime(ID, time + 5)).toBe(time + 5);
  expect(nextTransactionTime(ID, time)).toBe(time + 1);
  expect(nextTransactionTime(ID, 0)).toBe(time + 1);
  expect(nextTransactionTime('ffffffff-ffff-7000-8000-000000000000', 0)).toBe(2 ** 48 - 1);
});

const DAY = 86_400_000;
const at = (day: number): string => new Date(day * DAY).toISOString();

test.each<[what: string, newestFirst: string[], days: number[]]>([
  ['clocks that only go on', [at(9), at(5), at(1)], [9, 5, 1]],
  ['a clock that was set back', [at(2), at(8), at(1)], [8, 8, 1]],
  ['a clock that was far ahead once', [at(9), at(5000), at(1)], [9, 9, 1]],
  ['a clock that is far ahead at the end', [at(5000), at(4)], [10, 4]],
  ['times that are none', ['yesterday', at(4), ''], [10, 4, 4]],
  ['nothing', [], []],
])('%s', (_what, newestFirst, days) => expect(timesInOrder(newestFirst, 10 * DAY).map((time) => time / DAY)).toEqual(days));
