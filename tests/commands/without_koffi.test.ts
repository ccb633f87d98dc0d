// As on a machine where the optional module was not installed: Node does not find it.

import fs from 'node:fs';
import Module from 'node:module';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pruneMappings } from '../../scripts/lib/commands/sidecar/prune_mappings.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, planNow, rolloutOf, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { withFailure } from '../transaction/failing_disk.ts';

type Resolve = (request: string, ...more: unknown[]) => string;
const loader = Module as unknown as { _resolveFilename: Resolve };
const resolve = loader._resolveFilename;

const known = conversation('known', '/home/far/project', ['first']);
const warning = "Codex's locks cannot be held: the optional module koffi is not installed; close Codex before you sync";

const machine = machinesOfEachTest();
let here: Machine;
const locks = () => path.join(here.codexHome, 'thread-writer-locks');
let asked = 0;
beforeEach(() => {
  here = machine();
  addSession(here, known);
  fs.mkdirSync(locks());
  asked = 0;
  loader._resolveFilename = (request, ...more) => {
    if (request !== 'koffi') return resolve.call(Module, request, ...more);
    asked++;
    throw Object.assign(new Error("Cannot find module 'koffi'"), { code: 'MODULE_NOT_FOUND' });
  };
});
afterEach(() => {
  loader._resolveFilename = resolve;
});

const grownPackage = () => writePackage(here, [{ conversation: withTurn(known, 'second there') }]);
const undo = () => undoNow(here, null, new Date());

test('a dry run says it before anything is written', () => {
  expect(planNow(here, grownPackage()).plan.warnings).toEqual([warning]);
});

test('a sync and a rollback work, leave no lock file, and say once what they could not do', () => {
  const size = fs.statSync(rolloutOf(here, known)).size;
  expect(syncNow(here, grownPackage()).plan.warnings).toEqual([warning]);
  expect(fs.statSync(rolloutOf(here, known)).size).toBeGreaterThan(size);
  expect(undo().warnings).toEqual([warning]);
  expect(fs.statSync(rolloutOf(here, known)).size).toBe(size);
  expect(fs.readdirSync(locks())).toEqual([]);
});

test('a recovery says it, too, and a command that recovers first says it once', () => {
  const folder = grownPackage();
  const size = fs.statSync(rolloutOf(here, known)).size;
  const dieAppending = () => {
    for (let at = 10; fs.statSync(rolloutOf(here, known)).size === size; at++) {
      recoverHome(homeOf(here), true);
      withFailure(at, 'dies_after', () => syncNow(here, folder));
    }
  };
  dieAppending();
  expect(recoverHome(homeOf(here), true)).toMatchObject([{ outcome: 'undone', warnings: [warning] }]);
  dieAppending();
  expect(pruneMappings(homeOf(here), { execute: true }, new Date()).warnings).toEqual([warning]);
  dieAppending();
  expect(pruneJournal(homeOf(here), { keep: 9, olderThan: null, execute: true }, new Date()).warnings).toEqual([warning]);
  dieAppending();
  expect(syncNow(here, folder).plan.warnings).toEqual([warning]);
});

test('nothing is said where no local rollout is written, and it is not even looked for where Codex has no locks', () => {
  expect(syncNow(here, writePackage(here, [{ conversation: conversation('new', here.userHome, ['hi']) }])).plan.warnings).toEqual(
    [],
  );
  expect(asked).toBeGreaterThan(0);
  fs.rmdirSync(locks());
  asked = 0;
  expect(syncNow(here, grownPackage()).plan.warnings).toEqual([]);
  // Windows is asked by it who has a file open: once in the plan and once before the first change.
  expect(asked).toBe(process.platform === 'win32' ? 2 : 0);
});
