// How macOS and Windows look. Linux has the same flock, so what macOS does runs there; Windows runs its own.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { nativeProbe } from '../../../scripts/lib/adapters/holders/native_probe.ts';
import { findHolders } from '../../../scripts/lib/adapters/holders/thread_holders.ts';
import { lockThreads } from '../../../scripts/lib/adapters/locks/codex_locks.ts';
import { loadFileLock, NATIVE } from '../../../scripts/lib/adapters/locks/file_lock.ts';
import type { FileLock } from '../../../scripts/lib/adapters/locks/lock_files.ts';
import { holdElsewhere } from '../../fixtures/lock_holder.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const one = '01a1fdbd-5289-76e1-b6b9-ab15617e9773';
const two = '01a1fdbd-5289-76e1-b6b9-ab15617e9774';

let home: string;
const folder = () => path.join(home, 'thread-writer-locks');
beforeEach(() => {
  home = temporaryFolder();
  fs.mkdirSync(folder());
});

const openFile = () => ({ stdout: `p${process.pid}\nf3\naw\nn/own\np7\nf4\nau\nn${home}/rollout\n`, why: null });
const isWindows = process.platform === 'win32';
const native = { ...NATIVE, platform: isWindows ? 'win32' : 'darwin' } as const;
const look = () => nativeProbe(home, native, openFile);

test('a lock that another process has is seen by trying it, and the look leaves no file and no lock', async () => {
  expect(look().signOf(one, null, false)).toBeNull();
  expect(fs.readdirSync(folder())).toEqual([]);
  const other = await holdElsewhere(home, [one]);
  const before = fs.readdirSync(folder());
  expect([one, two].map((id) => look().signOf(id, null, false))).toEqual(['lock', null]);
  expect(fs.readdirSync(folder())).toEqual(before);
  await other.kill();
  expect(look().signOf(one, null, false)).toBeNull();
  lockThreads(home, [one]).release();
});

test('a lock of this process is no sign where it is known as such', () => {
  const locks = lockThreads(home, [one]);
  expect([true, false].map((isOurs) => look().signOf(one, null, isOurs))).toEqual([null, 'lock']);
  locks.release();
});

test('while somebody keeps the coordination every thread counts as held, and all together wait a second', () => {
  const descriptor = fs.openSync(path.join(folder(), '.coordination.lock'), 'a+');
  expect((loadFileLock() as FileLock).take(descriptor)).toBe('taken');
  const begin = performance.now();
  const probe = look();
  expect([one, two, one, two].map((id) => probe.signOf(id, null, false))).toEqual(['lock', 'lock', 'lock', 'lock']);
  expect(performance.now() - begin).toBeLessThan(1900);
  fs.closeSync(descriptor);
  expect(look().signOf(one, null, false)).toBeNull();
});

test.skipIf(isWindows)('a rollout that is open is seen without any lock, also where koffi is missing', () => {
  const rollout = path.join(home, 'rollout');
  expect(look().signOf(one, rollout, true)).toBe('file');
  expect(look().signOf(one, path.join(home, 'another'), false)).toBeNull();
  const load = () => {
    throw new Error('no koffi');
  };
  const without = nativeProbe(home, { platform: 'darwin', load }, openFile);
  expect(without).toMatchObject({ blind: null });
  expect(without.signOf(one, rollout, false)).toBe('file');
});

describe.skipIf(isWindows)('what cannot be seen is said', () => {
  const noteOf = (ask: Parameters<typeof nativeProbe>[2], environment?: NodeJS.ProcessEnv): string | null =>
    findHolders({ path: home, runningThread: null }, new Set(), (at) => nativeProbe(at, native, ask, environment)).note;

  test('where lsof is missing, hangs or shows less than this process', () => {
    expect(noteOf(() => ({ stdout: '', why: 'lsof does not answer (ENOENT)' }))).toBe(
      'not every session that a running Codex has open is seen: lsof does not answer (ENOENT); close Codex before you sync',
    );
    expect(noteOf(() => ({ stdout: 'p1\nf3\naw\nn/x\n', why: null }))).toMatch(/does not show the processes/);
  });

  test("in Codex's own sandbox on macOS", () => {
    expect(noteOf(openFile, { CODEX_SANDBOX: 'seatbelt' })).toMatch(/the sandbox hides other processes; close Codex/);
    expect(noteOf(openFile, {})).toBeNull();
  });
});
