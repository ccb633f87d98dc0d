import { describe, expect, test } from 'vitest';
import type { BackupDescription } from '../../../scripts/lib/domain/backup/backup.ts';
import { choosePruned, type Retention } from '../../../scripts/lib/domain/backup/retention.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-11-21T12:00:00.000Z');

/** Newest first, by their age in days; a minus means that a session was left out. */
const backups = (...ages: number[]) =>
  ages.map((age) => ({
    age,
    description: {
      created_at: new Date(NOW - Math.abs(age) * DAY).toISOString(),
      left_out: age < 0 || Object.is(age, -0) ? 1 : 0,
    } as BackupDescription,
  }));

const dropped = (ages: number[], retention: Partial<Retention>): number[] =>
  choosePruned(backups(...ages), { keep: null, olderThan: null, ...retention }, NOW).dropped.map(({ age }) => age);

describe('what goes', () => {
  test.each<[string, number[], Partial<Retention>, number[]]>([
    ['nothing without a rule', [0, 1, 2], {}, []],
    ['all beyond the newest N', [0, 1, 2, 3], { keep: 2 }, [2, 3]],
    ['all that is older', [0, 10, 40, 50], { olderThan: 30 * DAY }, [40, 50]],
    ['only what both rules let go', [0, 10, 40, 50], { keep: 3, olderThan: 30 * DAY }, [50]],
    ['never the newest, not by a count of none', [5], { keep: 0 }, []],
    ['never the newest, however old', [500, 600], { olderThan: DAY }, [600]],
    ['never the newest that left nothing out', [-0, -1, 2, 3], { keep: 1 }, [-1, 3]],
    ['none of none', [], { keep: 0 }, []],
  ])('is %s', (_what, ages, retention, expected) => {
    expect(dropped(ages, retention)).toEqual(expected);
  });

  test('what a clock years ahead has dated counts as made before the next one', () => {
    const [newest, ahead, old] = backups(1, 2, 40) as ReturnType<typeof backups>;
    const future = { ...ahead, description: { ...ahead?.description, created_at: '2031-01-01T00:00:00.000Z' } };
    const { dropped: gone } = choosePruned(
      [newest, future, old] as ReturnType<typeof backups>,
      { keep: null, olderThan: 30 * DAY },
      NOW,
    );
    expect(gone).toEqual([old]);
  });
});
