// Which file of this home is a session's, wherever it lies and whatever its row says: a sync shows all turns, and never writes a second file of one id.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findRollouts } from '../../scripts/lib/adapters/rollout/rollout_files.ts';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { sync } from '../../scripts/lib/commands/sync/sync.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { conversation, rolloutName, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  type Machine,
  NOW,
  optionsFor,
  planNow,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot, withoutJournal } from '../fixtures/snapshot.ts';
import { withFailure } from '../transaction/failing_disk.ts';

const FAR = '/home/far/project';
const short = conversation('one', FAR, ['first']);
const long = withTurn(short, 'second');
const longer = withTurn(long, 'third');
const other = conversation('other', FAR, ['else']);

const machine = machinesOfEachTest();
let here: Machine;
let file: string;
beforeEach(() => {
  here = machine();
  file = rolloutOf(here, short);
});

function put(place: string, content: string | Buffer): string {
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.writeFileSync(place, content);
  return place;
}
const inHome = (...names: string[]): string => path.join(here.codexHome, ...names);
const later = (): string => file.replace('T10-11-12', 'T11-11-11');
const nameInRow = (place: string): void =>
  inState(here, (database) => void database.prepare('UPDATE threads SET rollout_path = ? WHERE id = ?').run(place, short.id));
const rowPath = (): string => String(threadRow(here, short.id)?.rollout_path);
const turnsIn = (place: string): string[] =>
  ['first', 'second', 'third', 'else'].filter((prompt) => fs.readFileSync(place, 'utf8').includes(`answer to ${prompt}`));
const filesOfThread = (): string[] =>
  findRollouts(here.codexHome).flatMap((found) => (found.threadId === short.id ? [found.file] : []));
const packageOf = (...all: (typeof long)[]): string =>
  writePackage(
    here,
    all.map((one) => ({ conversation: one })),
  );
const outcome = (folder: string) => planNow(here, folder).plan.sessions[0];

/** Where a home has the session, and what is to be there after a sync of one with more turns. */
const PLACES: [string, () => string][] = [
  ['flat in sessions/', () => inHome('sessions', rolloutName(short))],
  ['in the folder of a year', () => inHome('sessions', '2026', rolloutName(short))],
  ['deeper than a day', () => inHome('sessions', '2026', '11', '03', 'kept', rolloutName(short))],
  ['in a folder of the archive', () => inHome('archived_sessions', '2026', rolloutName(short))],
  ['under a name that spells its id in upper case', () => file.replace(short.id, short.id.toUpperCase())],
  ['under the id of nobody', () => file.replace(short.id, conversation('nobody', FAR, []).id)],
];

test.each(PLACES)('a session %s, without a row, goes on where it lies', (_what, placeOf) => {
  const place = put(placeOf(), textOf(short));
  const { plan } = syncNow(here, packageOf(long));
  expect(plan.sessions[0]).toMatchObject({ classification: 'fast_forward_import', local_thread_id: short.id });
  expect(turnsIn(place)).toEqual(['first', 'second']);
  expect(findRollouts(here.codexHome).map((found) => found.file)).toEqual([place]);
  expect(rowPath()).toBe(place);
  expect(outcome(packageOf(long))).toMatchObject({ classification: 'unchanged' });
});

test('a folder that is a link is gone through, once, and a circle of links ends', () => {
  put(path.join(here.root, 'elsewhere', rolloutName(short)), textOf(short));
  fs.mkdirSync(inHome('sessions', '2026', '11'), { recursive: true });
  fs.symlinkSync(path.join(here.root, 'elsewhere'), inHome('sessions', '2026', '11', '03'));
  fs.symlinkSync(inHome('sessions'), inHome('sessions', '2026', 'again'));
  syncNow(here, packageOf(long));
  expect(filesOfThread()).toEqual([file]);
  expect(turnsIn(file)).toEqual(['first', 'second']);
});

test('a rollout that is a link to what is not there now is nobody’s to replace', () => {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.symlinkSync('/nowhere/rollout.jsonl', file);
  expect(outcome(packageOf(long))).toMatchObject({
    classification: 'invalid',
    reason_code: 'local_unreadable',
    action: 'refuse',
  });
  syncNow(here, packageOf(long));
  expect(fs.readlinkSync(file)).toBe('/nowhere/rollout.jsonl');
});

describe('of two files of one id', () => {
  test.each([
    ['beside it', later],
    ['in the archive', () => inHome('archived_sessions', rolloutName(short))],
    ['flat in sessions/', () => inHome('sessions', rolloutName(short))],
  ])('that in the row gets what the other, %s, has more: nothing was taken back', (_what, placeOf) => {
    addSession(here, short);
    const second = put(placeOf(), textOf(long));
    const { plan } = syncNow(here, packageOf(longer));
    expect(plan.sessions[0]).toMatchObject({ classification: 'fast_forward_import', action: 'append' });
    expect(plan.sessions[0]?.warnings).toContainEqual(expect.stringContaining(second));
    expect(turnsIn(file)).toEqual(['first', 'second', 'third']);
    expect(fs.readFileSync(second, 'utf8')).toBe(textOf(long));
    expect(rowPath()).toBe(file);
  });

  test('the newest counts without a row', () => {
    put(file, textOf(short));
    put(later(), textOf(long));
    expect(outcome(packageOf(long))).toMatchObject({ classification: 'unchanged', reason_code: 'same_history' });
    syncNow(here, packageOf(long));
    expect(rowPath()).toBe(later());
  });

  test.each([
    ['of no length', Buffer.alloc(0)],
    ['of NUL bytes', Buffer.alloc(70_000)],
  ])('one that is %s does not count, though the row names it', (_what, nothing) => {
    addSession(here, short);
    put(file, nothing);
    put(later(), textOf(long));
    expect(syncNow(here, packageOf(longer)).plan.sessions[0]).toMatchObject({ classification: 'fast_forward_import' });
    expect(turnsIn(later())).toEqual(['first', 'second', 'third']);
    expect(rowPath()).toBe(later());
    expect(fs.readFileSync(file)).toEqual(nothing);
  });
});

test.each([
  ['the rollout of another thread', () => addSession(here, other)],
  ['a file that is not there', later],
  ['a path that is relative', () => path.join('sessions', '2026', rolloutName(short))],
])('a row that names %s is put right while its own file is in place', (_what, named) => {
  addSession(here, short);
  nameInRow(named());
  const { plan } = syncNow(here, packageOf(long));
  expect(plan.sessions[0]).toMatchObject({ classification: 'fast_forward_import' });
  expect(rowPath()).toBe(file);
  expect(turnsIn(file)).toEqual(['first', 'second']);
});

test('a row that names the rollout of another thread gets a file of its own where it has none', () => {
  addSession(here, short);
  fs.rmSync(file);
  nameInRow(addSession(here, other));
  expect(syncNow(here, packageOf(long)).plan.sessions[0]).toMatchObject({
    classification: 'new_lineage',
    local_thread_id: short.id,
  });
  expect(rowPath()).toBe(file);
  expect(fs.readFileSync(rolloutOf(here, other), 'utf8')).toBe(textOf(other));
});

test('a row that names a longer file outside of this home is put right, and a warning names that file', () => {
  addSession(here, short);
  const elsewhere = put(path.join(here.root, 'old-home', rolloutName(short)), textOf(longer));
  nameInRow(elsewhere);
  expect(syncNow(here, packageOf(long)).plan.sessions[0]?.warnings).toContainEqual(expect.stringContaining(elsewhere));
  expect(turnsIn(file)).toEqual(['first', 'second']);
  expect(rowPath()).toBe(file);
  expect(fs.readFileSync(elsewhere, 'utf8')).toBe(textOf(longer));
});

test('a row counts that names a file of its thread under another id', () => {
  addSession(here, short);
  const place = file.replace(short.id, conversation('nobody', FAR, []).id);
  fs.renameSync(file, place);
  nameInRow(place);
  syncNow(here, packageOf(long));
  expect(turnsIn(place)).toEqual(['first', 'second']);
  expect(filesOfThread()).toEqual([]);
});

describe.each([
  ['of no length', Buffer.alloc(0)],
  ['of NUL bytes, as a power cut leaves it', Buffer.alloc(70_000)],
  ['of a blank line', Buffer.from('\n')],
])('a rollout %s', (_what, nothing) => {
  const PLACES_OF_NOTHING: [string, () => string][] = [
    ['in its place', () => file],
    ['flat in sessions/', () => inHome('sessions', rolloutName(short))],
  ];

  test.each(PLACES_OF_NOTHING)('%s is restored as a missing one is, and kept', async (_where, placeOf) => {
    addSession(here, short);
    fs.rmSync(file);
    const place = put(placeOf(), nothing);
    nameInRow(place);
    const before = withoutJournal(snapshot(here.codexHome));
    const { plan, transactionId } = syncNow(here, packageOf(long));
    expect(plan.sessions[0]).toMatchObject({ classification: 'new_lineage', local_thread_id: short.id });
    expect(filesOfThread()).toEqual([file]);
    expect(turnsIn(file)).toEqual(['first', 'second']);
    expect(fs.readFileSync(inHome('sync-journal', String(transactionId), 'backups', `empty-${path.basename(place)}`))).toEqual(
      nothing,
    );
    expect((await verify(homeOf(here), { threadIds: [short.id], codexBinary: null })).findings).toEqual([]);
    undoNow(here, transactionId);
    expect(Object.keys(withoutJournal(snapshot(here.codexHome))).filter((name) => name.startsWith('sessions'))).toEqual(
      Object.keys(before).filter((name) => name.startsWith('sessions')),
    );
    expect(fs.readFileSync(place)).toEqual(nothing);
    expect(rowPath()).toBe(place);
  });
});

test('what was put aside is back in its place after a failure at any call', { timeout: 60_000 }, () => {
  addSession(here, short);
  put(file, Buffer.alloc(5000));
  const folder = packageOf(long);
  for (let at = 1; ; at++) {
    const { calls } = withFailure(at, 'dies', () => syncNow(here, folder));
    recoverHome(homeOf(here), true);
    if (turnsIn(file).length > 0) {
      expect(at).toBeGreaterThan(20);
      return;
    }
    expect(fs.readFileSync(file), `call ${at} of ${calls}`).toEqual(Buffer.alloc(5000));
    expect(filesOfThread()).toEqual([file]);
  }
});

test('a file that holds nothing is left alone while its session is open', () => {
  addSession(here, short);
  put(file, '');
  const request = { ...optionsFor(here, packageOf(long)), execute: true, expectPlan: null };
  const { plan } = sync(homeOf(here, { CODEX_THREAD_ID: short.id }), request, NOW);
  expect(plan.sessions[0]).toMatchObject({ classification: 'busy', action: 'refuse', reason_code: 'this_session' });
  expect(fs.readFileSync(file, 'utf8')).toBe('');
});
