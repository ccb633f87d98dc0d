import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databaseFile } from '../../scripts/lib/adapters/codex_home.ts';
import { spaceForPlan } from '../../scripts/lib/commands/space_needed.ts';
import { requireSpace } from '../../scripts/lib/transaction/free_space.ts';
import { Stage } from '../../scripts/lib/transaction/stage.ts';
import { transact } from '../../scripts/lib/transaction/transact.ts';
import { conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  type Machine,
  makeMachine,
  NOW,
  planNow,
  removeMachine,
  syncNow,
  writePackage,
} from '../fixtures/machine.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const MEGABYTE = 1_000_000;
const talk = conversation('one', '/home/far/project', ['first']);
/** A turn says its prompt many times over. */
const LETTERS = textOf(withTurn(talk, 'xx')).length - textOf(withTurn(talk, 'x')).length;
const grownBy = (bytes: number) => withTurn(talk, 'x'.repeat(Math.round(bytes / LETTERS)));
const long = grownBy(2 * MEGABYTE);

let here: Machine;
beforeEach(() => {
  here = makeMachine();
});

describe('what a run needs', () => {
  afterEach(() => removeMachine(here));

  test('is the size of what arrives, and twice that of what is appended', () => {
    const folder = writePackage(here, [{ conversation: long }]);
    const created = spaceForPlan(planNow(here, folder).plan.changes);
    addSession(here, talk);
    const appended = spaceForPlan(planNow(here, folder).plan.changes);
    const size = textOf(long).length;
    expect(created).toBeGreaterThan(size);
    expect(created).toBeLessThan(1.2 * size + MEGABYTE);
    expect(appended - created).toBeGreaterThan(0.9 * size);
  });

  test.each<[number | null, boolean]>([
    [9_999_999, true],
    [10_000_000, false],
    [null, false],
  ])('is compared with what is free: %s', (free, isRefused) => {
    const check = (): void => requireSpace('/somewhere', 10_000_000, () => free);
    if (isRefused) expect(check).toThrow('10.0 MB are needed, and 10.0 MB are free.');
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

describe.skipIf(!canMount())('on a disk of 4 MB (skipped where this user may not mount one)', () => {
  beforeEach(() => {
    const aside = path.join(here.root, 'aside');
    fs.renameSync(here.codexHome, aside);
    fs.mkdirSync(here.codexHome);
    mountSmall(here.codexHome);
    fs.cpSync(aside, here.codexHome, { recursive: true });
  });
  afterEach(() => {
    spawnSync('umount', [here.codexHome]);
    removeMachine(here);
  });

  test('a session that does not fit is refused with the numbers, and nothing is written', () => {
    const huge = grownBy(5 * MEGABYTE);
    const before = snapshot(here.codexHome);
    expect(() => syncNow(here, writePackage(here, [{ conversation: huge }]))).toThrow(
      /^\d+\.\d MB are needed, and \d\.\d MB are free\.$/,
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
      transact({
        home: here.codexHome,
        now: NOW,
        findDatabase: (name) => databaseFile(homeOf(here), name),
        spaceNeeded: 0,
        manifest: { command: 'sync', plan_digest: plan.digest, plan_summary: {}, package: null, rolls_back: null, threads: [] },
        stage(journal) {
          const stage = new Stage(journal);
          for (const change of plan.changes) stage.add(change);
          return stage.operations();
        },
        beforeFirstChange: () => {},
      });
    expect(unchecked).toThrow('ENOSPC');
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('one that fits arrives', () => {
    expect(syncNow(here, writePackage(here, [{ conversation: talk }])).transactionId).not.toBeNull();
  });
});
