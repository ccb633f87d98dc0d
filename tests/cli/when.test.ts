import { expect, test } from 'vitest';
import { parseWhen, problemWithWhen } from '../../scripts/lib/cli/command_line/when.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');

test('a day is meant with all its hours, in the time zone of this machine', () => {
  expect(parseWhen('2026-11-03', NOW, 'start')).toBe(new Date(2026, 10, 3).getTime());
  expect(parseWhen('2026-11-03', NOW, 'end')).toBe(new Date(2026, 10, 4).getTime() - 1);
});

test('days ago are counted from now, and a time is that time', () => {
  expect(parseWhen('30d', NOW, 'start')).toBe(NOW.getTime() - 30 * 86_400_000);
  expect(parseWhen('2026-11-03T10:11:12Z', NOW, 'end')).toBe(Date.parse('2026-11-03T10:11:12Z'));
});

test.each(['2026-02-30', '2026-13-01', 'yesterday', '30', '2026-11-03T25:00', ''])('`%s` is no moment', (value) => {
  expect(problemWithWhen(value)).toContain('is not a day');
});
