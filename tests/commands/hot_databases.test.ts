// A process died while it wrote to a database. Every command goes on from what was committed, and one that only looks leaves every byte.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { databaseFile } from '../../scripts/lib/adapters/codex_home/codex_home.ts';
import { openForReading } from '../../scripts/lib/adapters/sqlite/sqlite_reading.ts';
import { examine } from '../../scripts/lib/commands/doctor/doctor.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { rollback } from '../../scripts/lib/commands/rollback/rollback.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { pruneMappings } from '../../scripts/lib/commands/sidecar/prune_mappings.ts';
import { listTransactions } from '../../scripts/lib/commands/transactions/list_transactions.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { needsRepair } from '../../scripts/lib/domain/findings/finding.ts';
import type { DatabaseName } from '../../scripts/lib/domain/operation/operation.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { leaveHotJournal, leaveLog } from '../fixtures/hot_database.ts';
import { homeOf, type Machine, NOW, planNow, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const make = machinesOfEachTest();
const talk = conversation('talk', '/home/far/project', ['first']);
const DATABASES: DatabaseName[] = ['state', 'history', 'goals', 'sidecar'];

function synced(): { here: Machine; next: string } {
  const here = make();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  return { here, next: writePackage(here, [{ conversation: withTurn(talk, 'second') }]) };
}

/** Names and bytes. */
const bytesIn = (folder: string): Record<string, string> =>
  Object.fromEntries(
    fs
      .readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.join(parentPath, name))
      .map((file) => [file, fs.readFileSync(file).toString('latin1')]),
  );

/** Every command that only looks, and what the first of them sees. */
async function lookAround(here: Machine, next: string) {
  const home = homeOf(here);
  const plan = planNow(here, next);
  examine(here.codexHome, {});
  listTransactions(home, NOW);
  recoverHome(home, false);
  for (const how of ['rebuild', 'replay'] as const) deriveSidecar(home, { how, execute: false }, NOW);
  pruneMappings(home, { execute: false }, NOW);
  rollback(home, { transactionId: null, latest: true, threadIds: [], execute: false }, NOW);
  await verify(home, { threadIds: [], codexBinary: null });
  const health = examineSidecar(home).findings;
  return { classes: plan.plan.sessions.map(({ classification }) => classification), toRepair: health.filter(needsRepair) };
}

test.each(DATABASES)('a hot journal of %s: what was committed is seen, and nothing is changed by the look', async (name) => {
  const { here, next } = synced();
  leaveHotJournal(databaseFile(homeOf(here), name));
  const before = bytesIn(here.codexHome);
  expect(await lookAround(here, next)).toEqual({ classes: ['fast_forward_import'], toRepair: [] });
  expect(bytesIn(here.codexHome)).toEqual(before);
});

test.each(DATABASES)('a hot journal of %s: the next commands that write go on from what was committed', (name) => {
  const { here, next } = synced();
  leaveHotJournal(databaseFile(homeOf(here), name));
  const { transactionId } = syncNow(here, next);
  expect(examineSidecar(homeOf(here)).findings).toEqual([]);
  leaveHotJournal(databaseFile(homeOf(here), name));
  undoNow(here, transactionId, new Date(NOW.getTime() + 1000));
  expect(examineSidecar(homeOf(here)).findings.filter(needsRepair)).toEqual([]);
});

test.each(DATABASES)('rows of %s that are in a log only, without its index, are seen, and no index is made', (name) => {
  const { here } = synced();
  const file = databaseFile(homeOf(here), name);
  leaveLog(file, "CREATE TABLE late (word TEXT); INSERT INTO late VALUES ('seen')");
  const before = bytesIn(here.codexHome);
  const database = openForReading(file);
  expect(database?.prepare('SELECT word FROM late').all()).toEqual([{ word: 'seen' }]);
  database?.close();
  expect(bytesIn(here.codexHome)).toEqual(before);
});

test('a journal that is hot at any page gives what was committed', () => {
  const { here } = synced();
  const file = databaseFile(homeOf(here), 'sidecar');
  const heads = () => {
    const database = openForReading(file);
    const found = database?.prepare('SELECT thread_id FROM heads').all();
    database?.close();
    return found;
  };
  const saved = fs.readFileSync(file);
  for (let page = 0, pages = 1; page <= pages; page++) {
    fs.writeFileSync(file, saved);
    fs.rmSync(`${file}-journal`, { force: true });
    ({ pages } = leaveHotJournal(file, page));
    expect(heads(), `page ${page}`).toEqual([{ thread_id: talk.id }]);
  }
});

test('a hot journal of the sidecar is named, and `recover --execute` rolls it back', () => {
  const { here } = synced();
  const file = databaseFile(homeOf(here), 'sidecar');
  leaveHotJournal(file);
  expect(examineSidecar(homeOf(here)).findings).toMatchObject([{ code: 'sidecar_interrupted', mend: 'recover --execute' }]);
  recoverHome(homeOf(here), true, 0);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['sidecar.sqlite']);
  expect(examineSidecar(homeOf(here)).findings).toEqual([]);
});

test('a journal of the sidecar whose header never got onto the disk is taken away by `recover --execute`', () => {
  const { here } = synced();
  const file = databaseFile(homeOf(here), 'sidecar');
  const before = fs.readFileSync(file);
  fs.writeFileSync(`${file}-journal`, Buffer.alloc(512));
  recoverHome(homeOf(here), true, 0);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['sidecar.sqlite']);
  expect(examineSidecar(homeOf(here)).findings).toEqual([]);
  // The counters of changes in the header alone.
  expect(fs.readFileSync(file).subarray(100)).toEqual(before.subarray(100));
});

const LEFT_WITHOUT: [what: string, leave: (file: string) => void][] = [
  ['a hot journal and no sidecar', (file) => leaveJournalOfAnother(file, () => fs.rmSync(file))],
  ['a hot journal and a sidecar of 0 bytes', (file) => leaveJournalOfAnother(file, () => fs.truncateSync(file, 0))],
  ['a log and no sidecar', (file) => leaveLogAlone(file)],
];

/** Its pages are those of another database, so it shows where one of them is used. */
function leaveJournalOfAnother(file: string, damage: () => void): void {
  const other = path.join(path.dirname(file), '..', 'goals_1.sqlite');
  const saved = fs.readFileSync(other);
  leaveHotJournal(other);
  fs.renameSync(`${other}-journal`, `${file}-journal`);
  fs.writeFileSync(other, saved);
  damage();
}

function leaveLogAlone(file: string): void {
  leaveLog(file, 'CREATE TABLE late (word TEXT)');
  fs.rmSync(file);
}

test.each(LEFT_WITHOUT)('%s: the next sync makes a sidecar that nothing old gets into', (_what, leave) => {
  const { here, next } = synced();
  const file = databaseFile(homeOf(here), 'sidecar');
  leave(file);
  const before = bytesIn(path.dirname(file));
  expect(planNow(here, next).plan.sessions).toMatchObject([{ classification: 'fast_forward_import' }]);
  deriveSidecar(homeOf(here), { how: 'rebuild', execute: false }, NOW);
  expect(bytesIn(path.dirname(file))).toEqual(before);
  syncNow(here, next);
  expect(fs.readdirSync(path.dirname(file))).toEqual(['sidecar.sqlite']);
  expect(examineSidecar(homeOf(here)).findings.filter(needsRepair)).toEqual([]);
});
