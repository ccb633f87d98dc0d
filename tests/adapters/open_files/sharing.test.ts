import { expect, test } from 'vitest';
import { isOpenAnywhere, onceShared } from '../../../scripts/lib/adapters/open_files/sharing.ts';

/** Fails so many times with that code. */
function failing(times: number, code: string): { work(): string; tries(): number } {
  let tries = 0;
  return {
    tries: () => tries,
    work() {
      if (tries++ < times) throw Object.assign(new Error(code), { code });
      return 'done';
    },
  };
}

test.each(['EPERM', 'EACCES', 'EBUSY'])('what Windows refuses with %s is tried again', (code) => {
  expect(onceShared(failing(3, code).work, 'win32')).toBe('done');
});

test('not without end: the error is told after six tries', () => {
  const { work, tries } = failing(100, 'EBUSY');
  expect(() => onceShared(work, 'win32')).toThrow('EBUSY');
  expect(tries()).toBe(6);
});

test.each([
  ['ENOENT', 'win32'],
  ['EPERM', 'linux'],
  ['EBUSY', 'darwin'],
] as const)('%s on %s is final', (code, platform) => {
  const { work, tries } = failing(1, code);
  expect(() => onceShared(work, platform)).toThrow(code);
  expect(tries()).toBe(1);
});

test('only Windows is asked whether a file is open', () => {
  expect(isOpenAnywhere('/nowhere', 'linux')).toBe(false);
});
