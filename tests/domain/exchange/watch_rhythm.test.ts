import { expect, test } from 'vitest';
import { dueAt } from '../../../scripts/lib/domain/exchange/watch_rhythm.ts';

const rhythm = { interval: 120_000, settle: 5000 };
const ended = 1_000_000;

test.each([
  ['nothing has changed: after the interval', { took: 300, failures: 0, changed: null }, 120_000],
  ['changed long after the run: when it has settled', { took: 300, failures: 0, changed: ended + 60_000 }, 65_000],
  ['changed during the run: not at once', { took: 300, failures: 0, changed: ended - 100 }, 5000],
  ['it changes all the time: after the interval', { took: 300, failures: 0, changed: ended + 119_000 }, 120_000],
  ['a run that takes long rests as long', { took: 60_000, failures: 0, changed: ended - 100 }, 60_000],
  ['one that takes longer than the interval, too', { took: 300_000, failures: 0, changed: null }, 300_000],
  ['a failure: after the time to settle', { took: 10, failures: 1, changed: null }, 5000],
  ['further ones: twice as long each time', { took: 10, failures: 4, changed: null }, 40_000],
  ['whatever changes meanwhile', { took: 10, failures: 4, changed: ended + 1 }, 40_000],
  ['at the latest after the interval', { took: 10, failures: 1000, changed: null }, 120_000],
])('%s', (_what, since, expected) => {
  expect(dueAt(rhythm, { ended, ...since }) - ended).toBe(expected);
});

test('a failure is not repeated at once where nothing has to settle', () => {
  expect(dueAt({ interval: 60_000, settle: 0 }, { ended, took: 1, failures: 1, changed: null }) - ended).toBe(1000);
});
