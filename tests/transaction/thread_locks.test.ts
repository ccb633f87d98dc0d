// Codex's locks around a transaction and a recovery. The lock of a live Codex is played by one that this process takes: flock(2) asks which
// opening of a file has it, not which process.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { findHot } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { type CodexLocks, lockThreads } from '../../scripts/lib/adapters/locks/codex_locks.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import type { Operation } from '../../scripts/lib/domain/operation/operation.ts';
import { lockChanged } from '../../scripts/lib/transaction/exclusion/thread_locks.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, rolloutOf, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot, withoutJournal } from '../fixtures/snapshot.ts';
import { withFailure } from './failing_disk.ts';

const known = conversation('known', '/home/far/project', ['first']);
const grown = withTurn(known, 'second there');

const machine = machinesOfEachTest();
let here: Machine;
const locksFolder = () => path.join(here.codexHome, 'thread-writer-locks');
beforeEach(() => {
  here = machine();
  addSession(here, known);
  fs.mkdirSync(locksFolder());
  fs.writeFileSync(path.join(locksFolder(), '.coordination.lock'), '');
});

const isBusy = (id: string = known.id): boolean => {
  try {
    lockThreads(here.codexHome, [id]).release();
    return false;
  } catch {
    return true;
  }
};
const lockFiles = () => fs.readdirSync(locksFolder()).filter((name) => !name.startsWith('.'));
/** A process that dies leaves its lock file behind, empty and free; `lockFiles` tells about those. */
const home = () =>
  Object.fromEntries(
    Object.entries(withoutJournal(snapshot(here.codexHome))).filter(([name]) => !/writer-locks\/.+\.lock$/.test(name)),
  );

const inHome = (...names: string[]) => path.join(here.codexHome, ...names);
const file = () => rolloutOf(here, known);
const point = { size: 0, mtime: 0 };
const state = { ...point, digest: '' };

test.each<[string, boolean, () => Operation]>([
  ['an appended', true, () => ({ kind: 'append_file', path: file(), staged: '', before: point, after: point, appended: '' })],
  ['a shortened', true, () => ({ kind: 'truncate_file', path: file(), kept: '', before: point, after: point, appended: '' })],
  ['an archived', true, () => ({ kind: 'move_file', path: file(), to: inHome('archived_sessions', path.basename(file())) })],
  ['a removed', true, () => ({ kind: 'remove_file', path: file(), kept: '', before: state })],
  ['a compressed', true, () => ({ kind: 'remove_file', path: `${file()}.zst`, kept: '', before: state })],
  ['a new', true, () => ({ kind: 'create_file', path: file(), staged: '', after: state })],
  ['no', false, () => ({ kind: 'make_directory', path: inHome('new') })],
])('%s rollout is locked: %s', (_which, isLocked, operation) => {
  const locks = lockChanged(here.codexHome, [{ thread_id: known.id, operation: operation() }]);
  expect([...locks.threads]).toEqual(isLocked ? [known.id] : []);
  expect(isBusy()).toBe(isLocked);
  locks.release();
});

test('where there are more new sessions than files may be open, those that were here are locked all the same', () => {
  const fresh = conversation('fresh', '/home/far/project', ['first']);
  const create: Operation = { kind: 'create_file', path: rolloutOf(here, fresh), staged: '', after: state };
  const append: Operation = { kind: 'append_file', path: file(), staged: '', before: point, after: point, appended: '' };
  const open = fs.openSync;
  fs.openSync = (name, ...rest) => {
    if (String(name).endsWith(`${fresh.id}.lock`)) throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    return open(name, ...rest);
  };
  try {
    const locks = lockChanged(
      here.codexHome,
      [create, append].map((operation) => ({ thread_id: null, operation })),
    );
    expect([[...locks.threads], locks.missing]).toEqual([[known.id], null]);
    locks.release();
  } finally {
    fs.openSync = open;
  }
  expect(lockFiles()).toEqual([]);
});

/** What `look` sees at each call of that name, before it has its effect. */
function seenAt<Seen>(name: 'renameSync' | 'ftruncateSync', look: (target: unknown) => Seen, work: () => void): Seen[] {
  const seen: Seen[] = [];
  const original = fs[name] as (...words: unknown[]) => void;
  const watched = fs as unknown as Record<string, unknown>;
  watched[name] = (...words: unknown[]) => {
    seen.push(look(words[1]));
    original(...words);
  };
  try {
    work();
  } finally {
    watched[name] = original;
  }
  return seen;
}

test('from the prepared manifest to the commit the lock is held; then it is free, and no file and no word of it stay', () => {
  const folder = writePackage(here, [{ conversation: grown }]);
  const renames = seenAt(
    'renameSync',
    () => isBusy(),
    () => syncNow(here, folder),
  );
  expect(renames.length).toBeGreaterThanOrEqual(2);
  expect(renames).toEqual(renames.map(() => true));
  expect(isBusy()).toBe(false);
  expect(lockFiles()).toEqual([]);
  const [transaction] = fs.readdirSync(inHome('sync-journal'));
  expect(fs.readFileSync(inHome('sync-journal', String(transaction), 'operations.jsonl'), 'utf8')).not.toContain('writer-locks');
  // The last rename is that of the transaction that was rolled back, after the commit.
  expect(
    seenAt(
      'renameSync',
      () => isBusy(),
      () => void undoLatest(),
    ),
  ).toEqual([true, true, false]);
  expect(lockFiles()).toEqual([]);
});

const undoLatest = () => undoNow(here, null, new Date());

test('a run that fails holds the lock until its append is undone', () => {
  const folder = writePackage(here, [{ conversation: grown }]);
  const before = home();
  let manifests = 0;
  const failAtCommit = (target: unknown) => {
    if (path.basename(String(target)) === 'manifest.json' && ++manifests === 2) throw new Error('the disk is gone');
  };
  const cuts = seenAt(
    'ftruncateSync',
    () => isBusy(),
    () => {
      expect(() => seenAt('renameSync', failAtCommit, () => syncNow(here, folder))).toThrow('the disk is gone');
    },
  );
  expect(cuts).toEqual([true]);
  expect(home()).toEqual(before);
  expect(isBusy()).toBe(false);
});

test('a new session cannot be opened until the run has committed, or has taken it away again', () => {
  const fresh = conversation('fresh', '/home/far/project', ['first']);
  const folder = writePackage(here, [{ conversation: fresh }]);
  const before = home();
  /** Once its rollout is in its place: in the way there or back, and at the end of a run. */
  const seen: boolean[] = [];
  const look = (): void => void (fs.existsSync(rolloutOf(here, fresh)) && seen.push(isBusy(fresh.id)));
  const failAtCommit = (target: unknown) => {
    look();
    if (path.basename(String(target)) === 'manifest.json' && fs.existsSync(rolloutOf(here, fresh)))
      throw new Error('the disk is gone');
  };
  expect(() => seenAt('renameSync', failAtCommit, () => syncNow(here, folder))).toThrow('the disk is gone');
  expect([seen, home()]).toEqual([[true, true], before]);
  seenAt('renameSync', look, () => syncNow(here, folder));
  expect(seen).toEqual([true, true, true]);
  expect([isBusy(fresh.id), lockFiles()]).toEqual([false, []]);
});

/** Dies with the lines appended and nothing else done. */
function interruptedAppend(): void {
  const folder = writePackage(here, [{ conversation: grown }]);
  const size = fs.statSync(file()).size;
  for (let at = 1; fs.statSync(file()).size === size; at++) {
    recoverHome(homeOf(here), true);
    withFailure(at, 'dies_after', () => syncNow(here, folder));
  }
}

test('recovery does not cut a rollout that a Codex has opened since; when it is closed it does', () => {
  const before = home();
  interruptedAppend();
  const hot = home();
  const codex = lockThreads(here.codexHome, [known.id]);
  expect(() => recoverHome(homeOf(here), true)).toThrow(
    expect.objectContaining({
      code: 'recovery_blocked',
      message: expect.stringContaining('Codex has one of its sessions open'),
      where: known.id,
    }),
  );
  codex.release();
  expect(home()).toEqual(hot);
  expect(recoverHome(homeOf(here), true)).toMatchObject([{ outcome: 'undone' }]);
  expect(home()).toEqual(before);
});

test('nor one that an older Codex, which has no locks, has open, nor the one that the command runs in', async () => {
  fs.rmSync(locksFolder(), { recursive: true });
  interruptedAppend();
  const hot = home();
  expect(() => recoverHome(homeOf(here, { CODEX_THREAD_ID: known.id }), true)).toThrow(
    expect.objectContaining({ code: 'recovery_blocked', where: known.id }),
  );
  // As Codex has it open: to append. It says so when it has.
  const opening = "require('fs').openSync(process.argv[1], 'a'); console.log('open'); setInterval(() => {}, 1000)";
  const writer = spawn(process.execPath, ['-e', opening, file()], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => writer.stdout.once('data', resolve));
  expect(() => recoverHome(homeOf(here), true)).toThrow(expect.objectContaining({ code: 'recovery_blocked' }));
  expect(home()).toEqual(hot);
  writer.kill();
  await new Promise((resolve) => writer.once('close', resolve));
  expect(recoverHome(homeOf(here), true)).toMatchObject([{ outcome: 'undone' }]);
});

test('a session that was opened, but that the interrupted run had not come to, does not stop recovery', () => {
  const folder = writePackage(here, [{ conversation: grown }]);
  const before = home();
  // Prepared, and not one file changed.
  for (let at = 1; findHot(here.codexHome).length === 0 || !isPrepared(); at++) {
    recoverHome(homeOf(here), true);
    withFailure(at, 'dies_after', () => syncNow(here, folder));
  }
  const codex = lockThreads(here.codexHome, [known.id]);
  expect(recoverHome(homeOf(here), true)).toMatchObject([{ outcome: 'undone' }]);
  codex.release();
  expect(home()).toEqual(before);
});

const isPrepared = (): boolean =>
  findHot(here.codexHome).some((id) => fs.existsSync(inHome('sync-journal', id, 'manifest.json')));

test('a session that is opened between plan and write stops a sync and a rollback with nothing written', () => {
  const folder = writePackage(here, [{ conversation: grown }]);
  expectBusyAtLock(() => syncNow(here, folder));
  syncNow(here, folder);
  expectBusyAtLock(undoLatest);
});

/** The plan is made with the session free; Codex opens it while the bytes are staged, which ends with a sync of what was staged. */
function expectBusyAtLock(work: () => unknown): void {
  const before = home();
  const sync = fs.fsyncSync;
  let codex: CodexLocks | null = null;
  fs.fsyncSync = (handle) => {
    codex ??= lockThreads(here.codexHome, [known.id]);
    sync(handle);
  };
  try {
    expect(work).toThrow(expect.objectContaining({ code: 'session_busy', where: known.id }));
  } finally {
    fs.fsyncSync = sync;
    (codex as CodexLocks | null)?.release();
  }
  expect(home()).toEqual(before);
}
