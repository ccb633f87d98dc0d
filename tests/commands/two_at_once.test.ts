import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, test } from 'vitest';
import { withWriterLock } from '../../scripts/lib/transaction/exclusion/writer_lock.ts';
import { conversation } from '../fixtures/conversation.ts';
import { type Machine, rolloutOf, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const ENTRY = fileURLToPath(new URL('../../scripts/sync_session_skill_package.ts', import.meta.url));
const talk = conversation('one', '/home/far/project', ['first']);

const machine = machinesOfEachTest();
let here: Machine;
beforeEach(() => {
  here = machine();
});

/** A real process of ours; resolves with its exit code and what it printed. */
const runSync = (folder: string, ...flags: string[]): Promise<{ code: number | null; stdout: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [
      '--import',
      'tsx',
      ENTRY,
      'sync',
      folder,
      '--codex-home',
      here.codexHome,
      '--user-home',
      here.userHome,
      '--execute',
      '--json',
      ...flags,
    ]);
    let stdout = '';
    child.stdout.on('data', (data) => {
      stdout += data;
    });
    child.once('close', (code) => resolve({ code, stdout }));
  });

test('a second writer is turned away with exit 3 while the first holds the lock, and lets it finish', async () => {
  const folder = writePackage(here, [{ conversation: talk }]);
  let first = 0;
  const second = await withHeldLock((pid) => {
    first = pid;
    return runSync(folder);
  });
  expect(second.code).toBe(3);
  expect(JSON.parse(second.stdout)).toMatchObject({
    kind: 'error',
    code: 'another_sync_running',
    message: `Another sync (pid ${first}) is writing to this Codex home.`,
  });
  expect(fs.existsSync(rolloutOf(here, talk))).toBe(false);
  expect((await runSync(folder)).code).toBe(0);
});

test('with --wait a second writer runs when the first has ended, and gives up when the time is over', async () => {
  const folder = writePackage(here, [{ conversation: talk }]);
  let waiting: ReturnType<typeof runSync> | undefined;
  await withHeldLock(async () => {
    waiting = runSync(folder, '--wait', '30');
    const impatient = await runSync(folder, '--wait', '0.3');
    expect(impatient).toMatchObject({ code: 3 });
    expect(fs.existsSync(rolloutOf(here, talk))).toBe(false);
  });
  expect(await waiting).toMatchObject({ code: 0 });
  expect(fs.existsSync(rolloutOf(here, talk))).toBe(true);
});

test('of many started at the same moment one imports and the others are turned away or find nothing to do', async () => {
  const folder = writePackage(here, [{ conversation: talk }]);
  const results = await Promise.all(Array.from({ length: 4 }, () => runSync(folder)));
  expect(results.every(({ code }) => code === 0 || code === 3)).toBe(true);
  const transactions = results.filter(
    ({ code, stdout }) => code === 0 && (JSON.parse(stdout) as { transaction_id: string | null }).transaction_id !== null,
  );
  expect(transactions).toHaveLength(1);
  expect(fs.readdirSync(path.join(here.codexHome, 'sync-journal'))).toHaveLength(1);
});

/** Another process holds the lock while this one works; then it is killed. */
async function withHeldLock<Result>(work: (pid: number) => Promise<Result>): Promise<Result> {
  const holder = spawn(process.execPath, [
    '--import',
    'tsx',
    '--input-type=module',
    '-e',
    `
    const { withWriterLock } = await import(${JSON.stringify(new URL('../../scripts/lib/transaction/exclusion/writer_lock.ts', import.meta.url).href)});
    withWriterLock(${JSON.stringify(here.codexHome)}, () => {
      console.log('held');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 600_000);
    });
  `,
  ]);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  try {
    return await work(Number(holder.pid));
  } finally {
    holder.kill('SIGKILL');
    await new Promise((resolve) => holder.once('close', resolve));
  }
}

test('the lock of a killed process is free at once', async () => {
  await withHeldLock(async () => {});
  expect(withWriterLock(here.codexHome, () => 'ran')).toBe('ran');
  expect(fs.existsSync(path.join(here.codexHome, 'sync-journal'))).toBe(false);
});

test('a lock file that is no database, and one with a journal of another, keep nobody out', () => {
  const root = path.join(here.codexHome, 'sync-journal');
  for (const name of ['writer.lock', 'writer.lock-journal']) {
    fs.mkdirSync(root);
    fs.writeFileSync(path.join(root, 'writer.lock'), '');
    fs.writeFileSync(path.join(root, name), 'this is no database at all'.repeat(400));
    expect(withWriterLock(here.codexHome, () => 'done')).toBe('done');
    fs.rmSync(root, { recursive: true, force: true });
  }
});

describe('what a killed or cut off run leaves of the lock', () => {
  test.each<[string, string, string]>([
    ['an empty lock', 'writer.lock', ''],
    ['a torn lock', 'writer.lock', '\0\0SQLite for'],
    ['an empty pid', 'writer.pid', ''],
    ['a pid of NULs', 'writer.pid', '\0\0\0\0\0'],
    ['a pid that was not written to its end', 'writer.pid', '12'],
  ])("%s is in nobody's way and gone behind the next writer", (_what, name, text) => {
    const root = path.join(here.codexHome, 'sync-journal');
    fs.mkdirSync(root, { recursive: true });
    fs.writeFileSync(path.join(root, name), text);
    expect(withWriterLock(here.codexHome, () => 'done')).toBe('done');
    expect(fs.existsSync(root)).toBe(false);
  });

  test('a lock that cannot be made is told as the system says it', () => {
    const openSync = fs.openSync;
    const full = Object.assign(new Error('ENOSPC: no space left on device, open'), { code: 'ENOSPC', syscall: 'open' });
    fs.openSync = ((file: string, ...rest: [string]) => {
      if (file.endsWith('writer.lock')) throw full;
      return openSync(file, ...rest);
    }) as typeof fs.openSync;
    try {
      expect(() => withWriterLock(here.codexHome, () => 'done')).toThrow(full);
    } finally {
      fs.openSync = openSync;
    }
  });
});
