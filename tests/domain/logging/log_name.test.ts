import { expect, test } from 'vitest';
import { dayOf, logName, machinePart, parseLogName } from '../../../scripts/lib/domain/logging/log_name.ts';

test.each([
  ['desk', 'desk'],
  ['Anas-MacBook.local', 'Anas-MacBook-local'],
  ['../../x', '-x'],
  ['', 'machine'],
  ['é', '-'],
  ['x'.repeat(80), 'x'.repeat(40)],
])('the machine %j is %s in a name', (host, part) => {
  expect(machinePart(host)).toBe(part);
});

test.each([
  ['codex-session-sync-desk-2026-12-01.log', { day: '2026-12-01', number: 0, isZipped: false }],
  ['codex-session-sync-desk-2026-12-01.3.log', { day: '2026-12-01', number: 3, isZipped: false }],
  ['codex-session-sync-desk-2026-12-01.log.zip', { day: '2026-12-01', number: 0, isZipped: true }],
  ['codex-session-sync-desk-2-2026-12-01.log', null],
  ['codex-session-sync-desk-2026-12-01.log.zip.new', null],
  ['codex-session-sync-desk-2026-12-01.log.1', null],
  ['codex-session-sync-lap-2026-12-01.log', null],
  ['notes-codex-session-sync-desk-2026-12-01.log', null],
])('%s is read as %j', (name, parsed) => {
  expect(parseLogName('desk', name)).toEqual(parsed);
  if (parsed && !parsed.isZipped) expect(logName('desk', parsed)).toBe(name);
});

test('a day is that of UTC', () => {
  expect(dayOf(new Date('2026-12-01T23:30:00-02:00'))).toBe('2026-12-02');
});
