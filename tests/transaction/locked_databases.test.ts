// Somebody else has a database locked: nothing is begun, or what was is taken back.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { databaseFile } from '../../scripts/lib/adapters/codex_home/codex_home.ts';
import { findHot, listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { PATIENCE } from '../../scripts/lib/adapters/sqlite/sqlite_connection.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import type { DatabaseName } from '../../scripts/lib/domain/operation/operation.ts';
import { conversation } from '../fixtures/conversation.ts';
import { homeOf, type Machine, makeMachine, removeMachine, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { differences } from '../fixtures/snapshot.ts';
import { replaceCalls } from './failing_disk.ts';
import { stateOf } from './home_states.ts';
import { livedInHome, type Prepared, syncHere } from './homes.ts';

const NAMES: DatabaseName[] = ['state', 'history', 'goals', 'sidecar'];

let prepared: Prepared;
let machine: Machine;
let patience: number;
beforeEach(() => {
  patience = PATIENCE.milliseconds;
  PATIENCE.milliseconds = 30;
  prepared = livedInHome();
  machine = prepared.machine;
});
afterEach(() => {
  PATIENCE.milliseconds = patience;
  removeMachine(machine);
});

/** Another connection, as of a database browser; gives it back. */
function lock(name: DatabaseName): () => void {
  const database = new Database(databaseFile(homeOf(machine), name));
  database.exec('BEGIN IMMEDIATE');
  return () => database.close();
}

const LOCKED = expect.objectContaining({ code: 'database_locked' });

test.each(NAMES)('nothing is begun while %s is locked, and it is done when it is free', (name) => {
  const before = stateOf(machine);
  const journals = listJournals(machine.codexHome).length;
  const release = lock(name);
  expect(() => syncHere(prepared)).toThrow(
    expect.objectContaining({ code: 'database_locked', where: databaseFile(homeOf(machine), name) }),
  );
  release();
  expect(differences(stateOf(machine), before)).toEqual([]);
  expect(listJournals(machine.codexHome)).toHaveLength(journals);
  syncHere(prepared);
  expect(listJournals(machine.codexHome)).toHaveLength(journals + 1);
});

/** Locks them before the call that `isMoment` names; they are free again when `work` has ended. */
function lockedAt(isMoment: (name: string, words: unknown[]) => boolean, names: DatabaseName[], work: () => void): void {
  const releases: (() => void)[] = [];
  const putBack = replaceCalls((name, call, words) => {
    if (releases.length === 0 && isMoment(name, words)) {
      releases.push(() => {});
      releases.push(...names.map(lock));
    }
    return call();
  });
  try {
    work();
  } finally {
    putBack();
    for (const release of releases) release();
  }
}

const isFirstMove = (name: string, [, to]: unknown[]): boolean => name === 'renameSync' && /rollout-.*jsonl/.test(String(to));

describe.each(['sync', 'rollback'])('in the middle of a %s', (command) => {
  test.each(NAMES)('a lock of %s leaves the home as it was, and no journal', (name) => {
    if (command === 'rollback') syncHere(prepared);
    const work = (): void => (command === 'sync' ? syncHere(prepared) : void undoNow(machine, null));
    const before = stateOf(machine);
    expect(() => lockedAt(isFirstMove, [name], work)).toThrow(LOCKED);
    expect(findHot(machine.codexHome)).toEqual([]);
    expect(differences(stateOf(machine), before)).toEqual([]);
    work();
  });
});

test('somebody who merely reads the sidecar keeps it from being written: all that was written before is taken back', () => {
  syncHere(prepared);
  undoNow(machine, null);
  const before = stateOf(machine);
  const reader = new Database(databaseFile(homeOf(machine), 'sidecar'));
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM lineages').get();
  expect(() => syncHere(prepared)).toThrow(LOCKED);
  reader.close();
  expect(findHot(machine.codexHome)).toEqual([]);
  expect(differences(stateOf(machine), before)).toEqual([]);
});

test('where what was written is locked as well, the journal stays and the next command finishes the undo', () => {
  const before = stateOf(machine);
  let begun = 0;
  // Each of the four is asked for its lock first; then the rows of the state database are written, then those of the history.
  const isAfterState = (name: string, [sql]: unknown[]): boolean => name === 'exec' && sql === 'BEGIN IMMEDIATE' && ++begun === 6;
  expect(() => lockedAt(isAfterState, ['state', 'history'], () => syncHere(prepared))).toThrow(
    expect.objectContaining({ code: 'recovery_blocked' }),
  );
  expect(findHot(machine.codexHome)).toHaveLength(1);
  const release = lock('state');
  expect(() => recoverHome(homeOf(machine), true)).toThrow(LOCKED);
  release();
  recoverHome(homeOf(machine), true);
  expect(differences(stateOf(machine), before)).toEqual([]);
});

test('health and doctor say that it is locked, not that it is damaged', () => {
  fs.rmSync(`${databaseFile(homeOf(machine), 'state')}-wal`, { force: true });
  for (const name of ['state', 'sidecar'] as const) {
    const database = new Database(databaseFile(homeOf(machine), name));
    database.pragma('journal_mode = DELETE');
    database.pragma('cache_spill = 1');
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE other (a)');
    const codes = examineSidecar(homeOf(machine)).findings.map(({ code }) => code);
    database.exec('ROLLBACK');
    database.close();
    expect(codes).toContain('database_locked');
    expect(codes).not.toContain(name === 'state' ? 'database_damaged' : 'sidecar_unreadable');
  }
});

const ENTRY = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));

test('while another process holds a database, sync ends with 3 and a hint', async () => {
  const here = makeMachine();
  const folder = writePackage(here, [{ conversation: conversation('one', '/home/far/project', ['first']) }]);
  const script = `
    const database = require(${JSON.stringify(fileURLToPath(new URL('../../node_modules/better-sqlite3', import.meta.url)))})(process.argv[1]);
    database.exec('BEGIN EXCLUSIVE');
    console.log('held');
    process.stdin.on('data', () => process.exit());`;
  const holder = spawn(process.execPath, ['-e', script, databaseFile(homeOf(here), 'state')]);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  const flags = ['--codex-home', here.codexHome, '--user-home', here.userHome, '--execute', '--json', '--quiet'];
  const child = spawn(process.execPath, [ENTRY, 'sync', folder, ...flags]);
  let stdout = '';
  child.stdout.on('data', (data) => {
    stdout += String(data);
  });
  const code = await new Promise((resolve) => child.once('close', resolve));
  holder.stdin.write('.');
  await new Promise((resolve) => holder.once('close', resolve));
  expect({ code, said: JSON.parse(stdout) as unknown }).toMatchObject({
    code: 3,
    said: { kind: 'error', code: 'database_locked' },
  });
  expect(fs.existsSync(`${here.codexHome}/sync-journal`)).toBe(false);
  expect(syncNow(here, folder).transactionId).not.toBeNull();
  removeMachine(here);
});
