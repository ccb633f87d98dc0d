import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { findHot } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { SyncError } from '../../scripts/lib/domain/codes/errors.ts';
import { homeOf, type Machine, removeMachine } from '../fixtures/machine.ts';
import { differences, snapshot, withoutJournal } from '../fixtures/snapshot.ts';
import { withFailure } from './failing_disk.ts';
import { savedCopy } from './home_states.ts';
import { syncHere, untouchedHome } from './homes.ts';

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

test('where cleaning up behind a failed run fails as well, the first failure is told', () => {
  const prepared = untouchedHome();
  const { machine } = prepared;
  const saved = savedCopy(machine);
  made.push(machine, { ...machine, root: saved.root });
  const { names } = withFailure(Number.POSITIVE_INFINITY, 'dies', () => syncHere(prepared));
  const manifest = names.indexOf('renameSync');
  for (let at = 1; at <= manifest; at++) {
    // Of a database it is only asked there whether it can be written.
    if (names[at - 1] === 'exec') continue;
    saved.again();
    const { thrown } = withFailure(at, 'dies', () => syncHere(prepared));
    expect((thrown as Error).message, `call ${at} of ${names.length}`).toContain(`dies at call ${at}:`);
  }
});

test('where a run fails and undoing it too, both are told and recover finishes', () => {
  const prepared = untouchedHome();
  const { machine } = prepared;
  const saved = savedCopy(machine);
  made.push(machine, { ...machine, root: saved.root });
  const before = withoutJournal(snapshot(machine.userHome));
  const { names } = withFailure(Number.POSITIVE_INFINITY, 'dies', () => syncHere(prepared));
  const commit = names.lastIndexOf('renameSync') + 1;
  saved.again();
  // Files, rows and sidecar are written; the manifest that commits is not.
  const { thrown } = withFailure(commit, 'dies', () => syncHere(prepared));
  expect(thrown).toBeInstanceOf(SyncError);
  expect(thrown).toMatchObject({ code: 'recovery_blocked', hint: expect.stringContaining('recover --execute') });
  const { errors } = (thrown as SyncError).cause as AggregateError;
  expect(errors).toHaveLength(2);
  expect(errors.map(({ message }) => message)).toEqual([
    expect.stringContaining(`dies at call ${commit}:`),
    expect.stringMatching(/dies at call/),
  ]);
  const hot = findHot(machine.codexHome);
  expect(hot).toHaveLength(1);
  expect(thrown).toMatchObject({ where: path.join(machine.codexHome, 'sync-journal', String(hot[0])) });
  expect((thrown as SyncError).hint).toContain('the next command that writes');
  recoverHome(homeOf(machine), true);
  expect(differences(withoutJournal(snapshot(machine.userHome)), before)).toEqual([]);
  expect(fs.existsSync(path.join(machine.codexHome, 'sync-journal'))).toBe(false);
  saved.again();
  withFailure(commit, 'dies', () => syncHere(prepared));
  syncHere(prepared);
  expect(findHot(machine.codexHome)).toEqual([]);
});
