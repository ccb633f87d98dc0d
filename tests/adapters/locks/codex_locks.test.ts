import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findHolders } from '../../../scripts/lib/adapters/holders/thread_holders.ts';
import { lockThreads } from '../../../scripts/lib/adapters/locks/codex_locks.ts';
import { loadFileLock } from '../../../scripts/lib/adapters/locks/file_lock.ts';
import type { FileLock } from '../../../scripts/lib/adapters/locks/lock_files.ts';
import { holdElsewhere } from '../../fixtures/lock_holder.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const one = '01a1fdbd-5289-76e1-b6b9-ab15617e9773';
const two = '01a1fdbd-5289-76e1-b6b9-ab15617e9774';

let home: string;
const folder = () => path.join(home, 'thread-writer-locks');
const files = () => fs.readdirSync(folder()).sort();
beforeEach(() => {
  home = temporaryFolder();
  fs.mkdirSync(folder());
});

const busy = expect.objectContaining({ code: 'session_busy' });
const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

const watched = () => ({ path: home, runningThread: null });

describe('a thread that another process holds', () => {
  test('is busy until it is given back, and no file stays', async () => {
    const other = await holdElsewhere(home, [one]);
    expect(thrownBy(() => lockThreads(home, [one]))).toEqual(busy);
    expect(findHolders(watched()).whyBusy(one, null)).toMatchObject({ reason_code: 'open_in_codex' });
    await other.release();
    const locks = lockThreads(home, [one]);
    expect(locks.missing).toBeNull();
    expect(files()).toEqual(['.coordination.lock', `${one}.lock`]);
    locks.release();
    expect(files()).toEqual(['.coordination.lock']);
  });

  test('is free at once when that process is killed; the empty file that stays goes with the next holder', async () => {
    const other = await holdElsewhere(home, [one]);
    await other.kill();
    expect(fs.statSync(path.join(folder(), `${one}.lock`)).size).toBe(0);
    lockThreads(home, [one]).release();
    expect(files()).toEqual(['.coordination.lock']);
  });

  test('keeps the others from being held, too: all or none', async () => {
    const other = await holdElsewhere(home, [two]);
    expect(thrownBy(() => lockThreads(home, [one, two]))).toEqual(busy);
    expect(files()).toEqual(['.coordination.lock', `${two}.lock`]);
    const locks = lockThreads(home, [one]);
    expect(locks.threads).toEqual(new Set([one]));
    locks.release();
    await other.release();
  });
});

test('what this process holds itself is busy to others and free to it', () => {
  const locks = lockThreads(home, [one]);
  expect(findHolders(watched()).whyBusy(one, null)).not.toBeNull();
  expect(findHolders(watched(), locks.threads).whyBusy(one, null)).toBeNull();
  locks.release();
});

describe('while somebody has the coordination', () => {
  const withCoordination = (work: (give: () => void) => void): void => {
    const descriptor = fs.openSync(path.join(folder(), '.coordination.lock'), 'a');
    expect((loadFileLock() as FileLock).take(descriptor)).toBe('taken');
    let isOpen = true;
    const give = () => {
      if (isOpen) fs.closeSync(descriptor);
      isOpen = false;
    };
    try {
      work(give);
    } finally {
      give();
    }
  };

  test('nothing is taken, and it is not waited for without end', () => {
    withCoordination(() => expect(thrownBy(() => lockThreads(home, [one]))).toEqual(busy));
    expect(files()).toEqual(['.coordination.lock']);
  });

  test('locks are given back all the same; their files stay', () => {
    const locks = lockThreads(home, [one]);
    withCoordination(() => locks.release());
    expect(files()).toEqual(['.coordination.lock', `${one}.lock`]);
    lockThreads(home, [one]).release();
    expect(files()).toEqual(['.coordination.lock']);
  });
});

describe('nothing is held, and nothing fails', () => {
  const neverAsked = () => {
    throw new Error('koffi is not needed');
  };

  test('where this Codex has no locks, or no thread is changed; koffi is not even loaded', () => {
    expect(lockThreads(home, [], neverAsked)).toMatchObject({ missing: null, threads: new Set() });
    fs.rmdirSync(folder());
    expect(lockThreads(home, [one], neverAsked)).toMatchObject({ missing: null, threads: new Set() });
    expect(fs.existsSync(folder())).toBe(false);
  });

  test('where koffi does not load, and that is said', () => {
    const locks = lockThreads(home, [one], () =>
      loadFileLock({
        platform: process.platform,
        load: () => {
          throw new Error('wrong libc\nand a stack');
        },
      }),
    );
    expect(locks.missing).toBe('koffi does not load (wrong libc)');
    expect(locks.threads.size).toBe(0);
    locks.release();
    expect(files()).toEqual([]);
  });

  test.skipIf(process.platform === 'win32')('where there are so many that no file could be opened any more', () => {
    const script = `
      const { lockThreads } = await import(${JSON.stringify(new URL('../../../scripts/lib/adapters/locks/codex_locks.ts', import.meta.url).href)});
      const missingOf = (count) => {
        const locks = lockThreads(${JSON.stringify(home)}, Array.from({ length: count }, (_, index) => 'thread-' + index));
        locks.release();
        return locks.missing;
      };
      console.log(JSON.stringify([100, 170, 400].map(missingOf)));
    `;
    const command = 'ulimit -n 200; exec "$0" --import tsx --input-type=module -e "$1"';
    const said = execFileSync('sh', ['-c', command, process.execPath, script], {
      cwd: path.resolve(import.meta.dirname, '../../..'),
    });
    expect(JSON.parse(String(said))).toEqual([null, '170 sessions are too many at once', '400 sessions are too many at once']);
    expect(files()).toEqual(['.coordination.lock']);
  });

  test('where a lock file cannot be opened', () => {
    fs.mkdirSync(path.join(folder(), `${two}.lock`));
    const locks = lockThreads(home, [one, two]);
    expect(locks.missing).toMatch(/EISDIR|LockFileEx fails/);
    expect(files()).toEqual(['.coordination.lock', `${two}.lock`]);
  });
});
