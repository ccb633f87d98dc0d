import fs from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findHot, listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { copyFolder } from '../fixtures/copied_folder.ts';
import { homeOf, removeMachine } from '../fixtures/machine.ts';
import { snapshot, withoutJournal } from '../fixtures/snapshot.ts';
import { type Failure, withFailure } from './failing_disk.ts';
import { type Prepared, syncHere, untouchedHome } from './homes.ts';

let prepared: Prepared;
let after: object;
/** The call that renames the manifest. Behind it the folder is synced, but not on Windows, which has no such call. */
let rename: number;
const isSynced = process.platform !== 'win32';

const stateOf = (): object => withoutJournal(snapshot(prepared.machine.codexHome));

beforeEach(() => {
  prepared = untouchedHome();
  const { machine } = prepared;
  copyFolder(machine.root, `${machine.root}.saved`);
  const { names } = withFailure(Number.POSITIVE_INFINITY, 'refused', () => syncHere(prepared));
  rename = names.lastIndexOf('renameSync') + 1;
  expect(names[rename] === 'fsyncSync').toBe(isSynced);
  after = stateOf();
  fs.rmSync(machine.root, { recursive: true });
  fs.renameSync(`${machine.root}.saved`, machine.root);
});
afterEach(() => removeMachine(prepared.machine));

test.each<[string, Failure, number]>([
  ...(isSynced
    ? ([
        ['the sync of the folder', 'refused', 1],
        ['the sync of the folder, though it was done,', 'unreported', 1],
      ] as [string, Failure, number][])
    : []),
  ['removing what was staged', 'refused', isSynced ? 2 : 1],
])('when %s fails after the rename, the run counts as done', (_what, failure, behind) => {
  const { machine } = prepared;
  expect(withFailure(rename + behind, failure, () => syncHere(prepared)).thrown).toBeNull();
  expect(stateOf()).toEqual(after);
  expect(findHot(machine.codexHome)).toEqual([]);
});

test('a process that dies right behind the rename has committed', () => {
  const { machine } = prepared;
  withFailure(rename + 1, 'dies', () => syncHere(prepared));
  expect(recoverHome(homeOf(machine), true)).toEqual([]);
  expect(stateOf()).toEqual(after);
  const [journal] = listJournals(machine.codexHome);
  expect(fs.existsSync(String(journal?.file('staged')))).toBe(false);
});

test('the rename itself is still before the commit', () => {
  const before = stateOf();
  expect(withFailure(rename, 'refused', () => syncHere(prepared)).thrown).toMatchObject({ code: 'EIO' });
  expect(stateOf()).toEqual(before);
});
