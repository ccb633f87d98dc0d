import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { asDigest, type Operation } from '../../scripts/lib/domain/operation/operation.ts';
import { requireSpace } from '../../scripts/lib/transaction/space/free_space.ts';
import { spaceForPlan, spaceForRollback } from '../../scripts/lib/transaction/space/space_needed.ts';
import { stageAll } from '../../scripts/lib/transaction/staging/stage.ts';
import { transact } from '../../scripts/lib/transaction/transact.ts';
import { conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import { copyFolder } from '../fixtures/copied_folder.ts';
import { addSession, homeOf, type Machine, NOW, planNow, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const MEGABYTE = 1_000_000;
const talk = conversation('one', '/home/far/project', ['first']);
/** A turn says its prompt many times over. */
const LETTERS = textOf(withTurn(talk, 'xx')).length - textOf(withTurn(talk, 'x')).length;
const grownBy = (bytes: number) => withTurn(talk, 'x'.repeat(Math.round(bytes / LETTERS)));
const long = grownBy(2 * MEGABYTE);

const machine = machinesOfEachTest();
let here: Machine;
beforeEach(() => {
  here = machine();
});

describe('what a run needs', () => {
  const spaceFor = (folder: string) => spaceForPlan(homeOf(here), planNow(here, folder).plan.changes);
  const bytesInHome = (folder: string) => spaceFor(folder)[0]?.bytes ?? 0;

  test('is the size of what arrives, and twice that of what is appended', () => {
    const folder = writePackage(here, [{ conversation: long }]);
    const created = bytesInHome(folder);
    addSession(here, talk);
    const appended = bytesInHome(folder);
    const size = textOf(long).length;
    expect(created).toBeGreaterThan(size);
    expect(created).toBeLessThan(1.2 * size + MEGABYTE);
    expect(appended - created).toBeGreaterThan(0.9 * size);
  });

  test('of a rollback is all that stays of a session that Codex has compressed since', () => {
    const file = addSession(here, long);
    const folder = writePackage(here, [{ conversation: withTurn(long, 'more') }]);
    syncNow(here, folder);
    const append = { path: file, before: { size: 2 * MEGABYTE, mtime: 0 }, after: { size: 2 * MEGABYTE + 10, mtime: 0 } };
    const operation: Operation = { kind: 'append_file', staged: 'staged/0', appended: asDigest('0'), ...append };
    const needed = () => spaceForRollback(homeOf(here), [{ thread_id: null, operation }])[0]?.bytes ?? 0;
    expect(needed()).toBeLessThan(MEGABYTE);
    fs.renameSync(file, `${file}.zst`);
    expect(needed()).toBeGreaterThan(2 * MEGABYTE);
  });

  test('in the folder of the databases is what rows take', () => {
    const databases = path.join(here.root, 'databases');
    fs.writeFileSync(path.join(here.codexHome, 'config.toml'), `sqlite_home = '${databases}'\n`);
    copyFolder(here.codexHome, databases);
    const [home, elsewhere] = spaceFor(writePackage(here, [{ conversation: long }]));
    expect([home?.folder, elsewhere?.folder]).toEqual([here.codexHome, databases]);
    expect(elsewhere?.bytes).toBeGreaterThan(4096);
    expect(elsewhere?.bytes).toBeLessThan(MEGABYTE);
  });

  const [needsTen, needsOne] = [
    { folder: '/home', bytes: 10_000_000 },
    { folder: '/databases', bytes: 1_000_000 },
  ];
  const free = { '/home': 10_500_000, '/databases': 10_500_000 };
  test.each<[string, Record<string, number | null>, boolean, string | null]>([
    ['enough on both', free, true, null],
    ['just enough', { '/home': 10_000_000, '/databases': 1_000_000 }, true, null],
    ['too little for both on the one that there is', free, false, '11.0 MB are needed, but only 10.5 MB are free.'],
    ['too little for files', { ...free, '/home': 9_999_999 }, true, '10.0 MB are needed, but only 10.0 MB are free.'],
    ['too little for rows', { ...free, '/databases': 1 }, true, '1.0 MB are needed, but only 0.0 MB are free.'],
    [
      'too little on both',
      { '/home': 1, '/databases': 1 },
      true,
      '10.0 MB are needed, but only 0.0 MB are free; 1.0 MB are needed, but only 0.0 MB are free.',
    ],
    ['nobody knows', { '/home': null, '/databases': null }, true, null],
  ])('is compared with what is free on each disk: %s', (_what, left, areTwo, said) => {
    const disks = { free: (folder: string) => left[folder] ?? null, device: (folder: string) => (areTwo ? folder.length : 1) };
    const check = (): void => requireSpace([needsTen, needsOne], { disks });
    if (said) expect(check).toThrow(said);
    else check();
  });
});

/** Mounting needs rights that a build machine may not give. */
function mountSmall(folder: string): boolean {
  if (process.platform !== 'linux') return false;
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]).status === 0;
}

function canMount(): boolean {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'session-sync-mount-'));
  const isMounted = mountSmall(folder);
  if (isMounted) spawnSync('umount', [folder]);
  fs.rmdirSync(folder);
  return isMounted;
}

describe.skipIf(!canMount())('with databases on a disk of 4 MB (skipped where this user may not mount one)', () => {
  let databases: string;
  beforeEach(() => {
    databases = path.join(here.root, 'databases');
    fs.mkdirSync(databases);
    mountSmall(databases);
    for (const name of fs.readdirSync(here.codexHome)) fs.renameSync(path.join(here.codexHome, name), path.join(here.root, name));
    for (const name of fs.readdirSync(here.root).filter((file) => file.includes('.sqlite')))
      fs.copyFileSync(path.join(here.root, name), path.join(databases, name));
    fs.writeFileSync(path.join(here.codexHome, 'config.toml'), `sqlite_home = '${databases}'\n`);
  });
  afterEach(() => {
    spawnSync('umount', [databases]);
  });

  test('rows that do not fit are refused with the numbers of that disk, and nothing is written', () => {
    const many = Array.from({ length: 20 }, (_, index) => conversation(`many ${index}`, '/home/far/project', ['first']));
    const folder = writePackage(
      here,
      many.map((one) => ({ conversation: one })),
    );
    const before = snapshot(here.root);
    const other = path.join(databases, 'other');
    const { bavail, bsize } = fs.statfsSync(databases);
    fs.writeFileSync(other, Buffer.alloc(bavail * bsize - 256 * 1024));
    expect(() => syncNow(here, folder)).toThrow(
      expect.objectContaining({
        code: 'no_space',
        message: expect.stringMatching(/^0\.[6-9] MB are needed, but only 0\.\d MB are free\.$/),
        where: databases,
      }),
    );
    fs.rmSync(other);
    expect(snapshot(here.root)).toEqual(before);
  });

  test('rows that fit arrive', () => {
    expect(syncNow(here, writePackage(here, [{ conversation: talk }])).transactionId).not.toBeNull();
  });
});

describe.skipIf(!canMount())('on a disk of 4 MB (skipped where this user may not mount one)', () => {
  beforeEach(() => {
    const aside = path.join(here.root, 'aside');
    fs.renameSync(here.codexHome, aside);
    fs.mkdirSync(here.codexHome);
    mountSmall(here.codexHome);
    copyFolder(aside, here.codexHome);
  });
  afterEach(() => {
    spawnSync('umount', [here.codexHome]);
  });

  test('a session that does not fit is refused with the numbers, and nothing is written', () => {
    const huge = grownBy(5 * MEGABYTE);
    const before = snapshot(here.codexHome);
    expect(() => syncNow(here, writePackage(here, [{ conversation: huge }]))).toThrow(
      /^\d+\.\d MB are needed, but only \d\.\d MB are free\.$/,
    );
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test.each([
    ['staged', 5],
    ['appended', 2.4],
  ])('one that fills the disk while it is %s leaves the home as it was', (_when, size) => {
    addSession(here, talk);
    const { plan } = planNow(here, writePackage(here, [{ conversation: grownBy(size * MEGABYTE) }]));
    const before = snapshot(here.codexHome);
    const unchecked = (): object =>
      transact(
        homeOf(here),
        {
          spaceNeeded: [],
          manifest: { command: 'sync', plan_digest: plan.digest, plan_summary: {}, package: null, rolls_back: null, threads: [] },
          stage: (journal) => stageAll(plan.changes, journal),
        },
        NOW,
      );
    expect(unchecked).toThrow('ENOSPC');
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('one that fits arrives', () => {
    expect(syncNow(here, writePackage(here, [{ conversation: talk }])).transactionId).not.toBeNull();
  });
});
