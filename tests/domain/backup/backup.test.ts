import { expect, test } from 'vitest';
import { backupName, nextBackupId, parseBackupName } from '../../../scripts/lib/domain/backup/backup.ts';

const NOW = Date.parse('2026-11-21T12:00:00.123Z');

test('an id is the time in UTC', () => {
  expect(nextBackupId([], NOW)).toBe('20261121T120000123Z');
});

test('ids grow within a millisecond and after the clock was set back', () => {
  expect(nextBackupId(['20261121T120000123Z'], NOW)).toBe('20261121T120000124Z');
  expect(nextBackupId(['20261121T120000123Z', '20301231T235959999Z'], NOW)).toBe('20310101T000000000Z');
});

test.each(['none', 'zip'] as const)('a name of form %s is read as it was made', (form) => {
  expect(parseBackupName(backupName('20261121T120000123Z', form))).toEqual({ id: '20261121T120000123Z', form });
});

test.each(['backup-2026.zip', 'backup-20261121T120000123Z.zip.part', 'backup-20261121T120000123Z (copy).zip', 'x', ''])(
  '`%s` is no name of a backup',
  (name) => {
    expect(parseBackupName(name)).toBeNull();
  },
);
