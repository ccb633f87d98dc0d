// Part of a home that this user may not write: it is told before the first change, and no later command is in its way.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findHot, listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  type Machine,
  makeMachine,
  planNow,
  removeMachine,
  syncNow,
  writePackage,
} from '../fixtures/machine.ts';
import { asOrdinaryUser, canBeOrdinary, canRunAsOrdinary, runAsOrdinaryUser } from '../fixtures/ordinary_user.ts';
import { snapshot } from '../fixtures/snapshot.ts';
import { withFailure } from '../transaction/failing_disk.ts';
import { savedCopy } from '../transaction/home_states.ts';

const talk = (seed: string) => conversation(seed, '/home/far/project', ['first']);
const [open, closed, fresh] = [talk('open'), talk('closed'), talk('fresh')];

const made: Machine[] = [];
const closedPlaces: string[] = [];
afterEach(() => {
  for (const place of closedPlaces.splice(0)) if (fs.existsSync(place)) fs.chmodSync(place, 0o755);
  made.splice(0).forEach(removeMachine);
});

/** Two sessions that the package goes on with, and a new one that has a name. */
function prepare() {
  const machine = makeMachine();
  made.push(machine);
  const files = [open, closed].map((session) => addSession(machine, session));
  syncNow(machine, writePackage(machine, [{ conversation: open }, { conversation: closed }]));
  const folder = writePackage(machine, [
    { conversation: withTurn(open, 'second there') },
    { conversation: withTurn(closed, 'second there') },
    { conversation: fresh, name: 'named' },
  ]);
  return { machine, folder, openFile: files[0] as string, closedFile: files[1] as string };
}

function close(place: string): void {
  closedPlaces.push(place);
  fs.chmodSync(place, fs.statSync(place).isDirectory() ? 0o555 : 0o444);
}

describe.runIf(canBeOrdinary)('where a place may not be written', () => {
  test('a session whose rollout is read-only is told and left alone, and the others are synced', () => {
    const { machine, folder, openFile, closedFile } = prepare();
    close(closedFile);
    const before = fs.readFileSync(closedFile, 'utf8');
    const [planned, done] = asOrdinaryUser(machine.root, () => [planNow(machine, folder), syncNow(machine, folder)]);
    for (const { plan } of [planned, done])
      expect(plan.sessions.map(({ classification, reason_code }) => [classification, reason_code])).toEqual([
        ['fast_forward_import', 'incoming_longer'],
        ['invalid', 'local_not_writable'],
        ['new_lineage', 'no_kin'],
      ]);
    expect(done.plan.sessions[1]?.reason).toContain(closedFile);
    expect(fs.readFileSync(closedFile, 'utf8')).toBe(before);
    expect(fs.readFileSync(openFile, 'utf8')).toContain('second there');
  });

  test.runIf(canRunAsOrdinary)('a sync of that session alone is stopped by it (5), not by its package (4)', () => {
    const { machine, folder, closedFile } = prepare();
    close(closedFile);
    const { code, document } = runAsOrdinaryUser(machine, ['sync', folder, '--thread-id', closed.id]);
    expect([code, document]).toMatchObject([5, { sessions: [{ reason_code: 'local_not_writable' }] }]);
  });

  test.runIf(canRunAsOrdinary).each<[string, (machine: Machine) => string]>([
    ['the home itself', ({ codexHome }) => codexHome],
    ['the folder of the rollouts', ({ codexHome }) => path.join(codexHome, 'sessions', '2026', '11', '03')],
    ['the state database', ({ codexHome }) => path.join(codexHome, 'state_5.sqlite')],
    ['the sidecar', ({ codexHome }) => path.join(codexHome, 'sync-sidecar', 'sidecar.sqlite')],
  ])('a sync that writes in %s is refused with the place, and nothing is changed', (_what, placeIn) => {
    const { machine, folder } = prepare();
    const place = placeIn(machine);
    const before = snapshot(machine.userHome);
    close(place);
    const refused = {
      code: 'not_permitted',
      where: expect.stringContaining(place),
      hint: expect.stringContaining('nothing was changed'),
    };
    expect(runAsOrdinaryUser(machine, ['sync', folder, '--execute'])).toEqual({
      code: 5,
      document: expect.objectContaining(refused),
    });
    fs.chmodSync(place, fs.statSync(place).isDirectory() ? 0o755 : 0o644);
    expect(snapshot(machine.userHome)).toEqual(before);
    expect(syncNow(machine, folder).transactionId).not.toBeNull();
  });

  test('a rollout that was not changed yet is in nobody’s way when a dead run is undone', () => {
    const { machine, folder, openFile, closedFile } = prepare();
    const before = [openFile, closedFile].map((file) => fs.readFileSync(file, 'utf8'));
    const { size, mtime } = fs.statSync(closedFile);
    dieBeforeCommit(machine, folder);
    fs.truncateSync(closedFile, size);
    fs.utimesSync(closedFile, mtime, mtime);
    expect(fs.readFileSync(openFile, 'utf8')).not.toBe(before[0]);
    close(closedFile);
    asOrdinaryUser(machine.root, () => expect(recoverHome(homeOf(machine), true)).toMatchObject([{ outcome: 'undone' }]));
    expect([openFile, closedFile].map((file) => fs.readFileSync(file, 'utf8'))).toEqual(before);
    expect(findHot(machine.codexHome)).toEqual([]);
  });

  test('a rollout that was changed and is read-only since keeps only its own session from being undone', () => {
    const { machine, folder, openFile, closedFile } = prepare();
    const before = [openFile, closedFile].map((file) => fs.readFileSync(file, 'utf8'));
    dieBeforeCommit(machine, folder);
    close(closedFile);
    const blocked = { code: 'recovery_blocked', where: expect.stringMatching(`${closedFile} .*may not write`) };
    asOrdinaryUser(machine.root, () =>
      expect(() => recoverHome(homeOf(machine), true)).toThrow(expect.objectContaining(blocked)),
    );
    expect(fs.readFileSync(openFile, 'utf8')).toBe(before[0]);
    fs.chmodSync(closedFile, 0o644);
    asOrdinaryUser(machine.root, () => expect(recoverHome(homeOf(machine), true)).toMatchObject([{ outcome: 'undone' }]));
    expect(fs.readFileSync(closedFile, 'utf8')).toBe(before[1]);
  });
});

/** A sync that died with all files and rows written, just before its commit. */
function dieBeforeCommit(machine: Machine, folder: string): void {
  const saved = savedCopy(machine);
  made.push({ ...machine, root: saved.root });
  const { names } = withFailure(Number.POSITIVE_INFINITY, 'dies', () => syncNow(machine, folder));
  saved.again();
  withFailure(names.lastIndexOf('renameSync') + 1, 'dies', () => syncNow(machine, folder));
  expect(findHot(machine.codexHome)).toHaveLength(1);
}

describe.runIf(canRunAsOrdinary)('what this user may not read is told as that, with no advice to replace it', () => {
  type Document = { findings: { code: string; mend: string }[] };
  const codes = (machine: Machine, command: string): string[] =>
    (runAsOrdinaryUser(machine, [command]).document as Document).findings.map(({ code }) => code);

  test.each<[string, string, string]>([
    ['the state database', 'state_5.sqlite', 'sidecar-health'],
    ['the state database', 'state_5.sqlite', 'doctor'],
    ['the sidecar', path.join('sync-sidecar', 'sidecar.sqlite'), 'sidecar-health'],
    ['the sidecar', path.join('sync-sidecar', 'sidecar.sqlite'), 'doctor'],
  ])('%s (%s), by %s', (_what, name, command) => {
    const { machine } = prepare();
    const place = path.join(machine.codexHome, name);
    fs.chmodSync(place, 0o000);
    closedPlaces.push(place);
    expect(codes(machine, command).filter((code) => /not_permitted|damaged|un(us|read)able/.test(code))).toEqual([
      'not_permitted',
    ]);
  });

  test.each([
    ['a journal', ''],
    ['its manifest', 'manifest.json'],
  ])('%s, which stops nothing but itself', (_what, name) => {
    const { machine, folder, openFile } = prepare();
    const [journal] = listJournals(machine.codexHome);
    const place = path.join(String(journal?.path), name);
    fs.chmodSync(place, 0o000);
    closedPlaces.push(place);
    expect(codes(machine, 'sidecar-health')).toEqual(['journal_closed']);
    expect(runAsOrdinaryUser(machine, ['sync', folder, '--execute']).code).toBe(0);
    expect(fs.readFileSync(openFile, 'utf8')).toContain('second there');
    const recovered = runAsOrdinaryUser(machine, ['recover', '--execute']);
    expect(recovered).toMatchObject({ code: 0, document: { transactions: [{ outcome: 'unreadable' }] } });
    expect(fs.existsSync(String(journal?.path))).toBe(true);
  });
});
