// The real one runs in tests/windows/. Here Windows' answers are read to it by a script.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadFileLock } from '../../../scripts/lib/adapters/locks/file_lock.ts';
import type { FileLock } from '../../../scripts/lib/adapters/locks/lock_files.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

type Call = [name: string, ...values: unknown[]];

function windowsThat(answers: Record<string, number>, calls: Call[] = []): FileLock {
  const library = {
    func: (prototype: string) => {
      const name = /(\w+)\(/.exec(prototype)?.[1] ?? '';
      return (...values: unknown[]) => {
        calls.push([name, ...values]);
        return answers[name] ?? 1;
      };
    },
  };
  const lock = loadFileLock({ platform: 'win32', load: () => ({ load: () => library }) });
  if ('missing' in lock) throw new Error(lock.missing);
  return lock;
}

test.each([
  [1, 0, 'taken'],
  [0, 33, 'held'],
  [0, 997, 'held'],
] as const)('LockFileEx %d with error %d is %s', (answer, error, expected) => {
  expect(windowsThat({ LockFileEx: answer, GetLastError: error }).take(5)).toBe(expected);
});

test('any other error is told', () => {
  expect(() => windowsThat({ LockFileEx: 0, GetLastError: 1 }).take(5)).toThrow('LockFileEx fails with error 1');
});

test('the whole file is locked as Rust locks it, without waiting, and unlocked before it is closed', () => {
  const calls: Call[] = [];
  const lock = windowsThat({ uv_get_osfhandle: 77 }, calls);
  const descriptor = fs.openSync(path.join(temporaryFolder(), 'lock'), 'a+');
  lock.take(descriptor);
  lock.close(descriptor);
  const whole = [0, 0xffffffff, 0xffffffff, Buffer.alloc(32)];
  expect(calls.filter(([name]) => name.endsWith('FileEx'))).toEqual([
    ['LockFileEx', 77, 3, ...whole],
    ['UnlockFileEx', 77, ...whole],
  ]);
  expect(() => fs.fstatSync(descriptor)).toThrow('EBADF');
});
