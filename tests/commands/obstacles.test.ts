// Something of another kind lies where a file or a folder of the home belongs. Whatever it is: it is named, nothing waits for it, and what
// does not need its place goes on.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLocalHome } from '../../scripts/lib/adapters/local_sessions/local_home.ts';
import { examine } from '../../scripts/lib/commands/doctor/doctor.ts';
import { checkOnDisk } from '../../scripts/lib/commands/health/check_on_disk.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { conversation, rolloutName } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  type Machine,
  NOW,
  planNow,
  rolloutOf,
  syncNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();
const [talk, other] = [conversation('talk', '/home/far/project', ['hello']), conversation('other', '/home/far/project', ['hi'])];
const packageOf = (here: Machine): string => writePackage(here, [{ conversation: talk }, { conversation: other }]);
const pipe = (place: string): unknown => execFileSync('mkfifo', [place]);
const folder = (place: string): unknown => fs.mkdirSync(place, { recursive: true });
const file = (place: string): void => fs.writeFileSync(place, 'x');
const dangling = (place: string): void => fs.symlinkSync('/nonexistent/place', place);

function inPlace(here: Machine, name: string, put: (place: string) => unknown): void {
  const place = path.join(here.codexHome, name);
  fs.mkdirSync(path.dirname(place), { recursive: true });
  fs.rmSync(place, { recursive: true, force: true });
  put(place);
}

const doctor = (here: Machine) =>
  examine(here.codexHome, {})
    .findings.filter(({ code }) => code === 'home_obstructed')
    .map(({ where }) => path.relative(here.codexHome, where));

describe.runIf(process.platform === 'linux')(
  'every command ends with the name of what is in the way, before anything is written',
  () => {
    test.each<[string, string, (place: string) => unknown]>([
      ['the index is a pipe', 'session_index.jsonl', pipe],
      ['the index is a folder', 'session_index.jsonl', folder],
      ['the index is a link to nowhere', 'session_index.jsonl', dangling],
      ['the sidecar is a pipe', 'sync-sidecar/sidecar.sqlite', pipe],
      ['the folder of the sidecar is a file', 'sync-sidecar', file],
      ['the folder of journals is a file', 'sync-journal', file],
      ['the folder of sessions is a file', 'sessions', file],
    ])('%s', (_what, name, put) => {
      const here = machine();
      inPlace(here, name, put);
      const before = fs.readdirSync(here.codexHome).sort();
      expect(() => syncNow(here, packageOf(here))).toThrow(
        expect.objectContaining({ code: 'home_obstructed', where: path.join(here.codexHome, name) }),
      );
      expect(fs.readdirSync(here.codexHome).sort()).toEqual(before);
      expect(doctor(here)).toEqual([name]);
    });
  },
);

test.runIf(process.platform === 'linux')('a configuration that is a pipe is not waited for, and a warning says so', () => {
  const here = machine();
  inPlace(here, 'config.toml', pipe);
  expect(homeOf(here).warnings).toContainEqual(expect.stringContaining('config.toml'));
  expect(syncNow(here, packageOf(here)).plan.sessions.map(({ action }) => action)).toEqual(['create', 'create']);
});

describe.runIf(process.platform === 'linux')(
  'a session whose place is taken is left out and told, and the other one arrives',
  () => {
    test.each<[string, (place: string) => unknown]>([
      ['a pipe', pipe],
      ['a folder', folder],
    ])('by %s', (_what, put) => {
      const here = machine();
      inPlace(here, path.relative(here.codexHome, rolloutOf(here, talk)), put);
      const { plan } = syncNow(here, packageOf(here));
      expect(plan.sessions.map(({ action, reason_code }) => [action, reason_code])).toEqual([
        ['refuse', 'place_taken'],
        ['create', 'no_kin'],
      ]);
      expect(plan.sessions[0]?.reason).toContain(rolloutName(talk));
      expect(fs.existsSync(rolloutOf(here, other))).toBe(true);
    });
  },
);

test('a file where the folder of a day belongs keeps the sessions of that day out, and no journal stays', () => {
  const here = machine();
  const day = path.dirname(rolloutOf(here, talk));
  inPlace(here, path.relative(here.codexHome, day), file);
  const before = snapshot(here.codexHome);
  const { plan } = syncNow(here, packageOf(here));
  expect(plan.sessions.map(({ reason_code }) => reason_code)).toEqual(['place_taken', 'place_taken']);
  expect(plan.sessions[0]?.reason).toContain(day);
  expect(doctor(here)).toEqual([path.relative(here.codexHome, day)]);
  recoverHome(homeOf(here), true);
  expect(snapshot(here.codexHome)).toEqual(before);
  fs.rmSync(day);
  expect(syncNow(here, packageOf(here)).plan.sessions.map(({ action }) => action)).toEqual(['create', 'create']);
});

describe('a database that refuses what Codex writes ends the run as it began, with its name', () => {
  test.each<[string, string]>([
    ['threads is a view', 'ALTER TABLE threads RENAME TO t2; CREATE VIEW threads AS SELECT * FROM t2'],
    ['a trigger refuses', "CREATE TRIGGER t BEFORE INSERT ON threads BEGIN SELECT raise(abort, 'no'); END"],
    ['an index allows one folder once', 'CREATE UNIQUE INDEX u ON threads(cwd)'],
  ])('%s', (_what, statements) => {
    const here = machine();
    addSession(here, conversation('local', '/home/far/project', ['here']));
    inState(here, (database) => database.exec(statements));
    const before = fs.readdirSync(path.join(here.codexHome, 'sessions'), { recursive: true }).sort();
    expect(() => syncNow(here, packageOf(here))).toThrow(
      expect.objectContaining({ code: 'database_refuses', where: path.join(here.codexHome, 'state_5.sqlite') }),
    );
    expect(fs.readdirSync(path.join(here.codexHome, 'sessions'), { recursive: true }).sort()).toEqual(before);
  });
});

test('doctor names a view of threads and damaged databases beside the state', () => {
  const here = machine();
  inState(here, (database) => database.exec('ALTER TABLE threads RENAME TO t2; CREATE VIEW threads AS SELECT * FROM t2'));
  const others = ['thread_history_1.sqlite', 'goals_1.sqlite'];
  for (const name of others) fs.writeFileSync(path.join(here.codexHome, name), 'x'.repeat(9000));
  const found = examine(here.codexHome, {}).findings.filter(({ code }) => code === 'database_damaged');
  expect(found.map(({ where }) => path.basename(where)).sort()).toEqual([
    'goals_1.sqlite',
    'state_5.sqlite',
    'thread_history_1.sqlite',
  ]);
});

test('a row without its path is no other path, and is packed with the one that the session has', () => {
  const here = machine();
  addSession(here, talk);
  inState(here, (database) => database.exec('DROP TABLE threads; CREATE TABLE threads(id TEXT PRIMARY KEY)'));
  inState(here, (database) => database.prepare('INSERT INTO threads VALUES (?)').run(talk.id));
  const home = homeOf(here);
  expect(checkOnDisk(home, readLocalHome(home), [talk.id])).toEqual([]);
  const packed = path.join(here.root, 'packed');
  packup(home, { cwdFilter: null, threadIds: [], all: true }, packed, NOW);
  expect(planNow(here, packed).plan.sessions.map(({ classification }) => classification)).toEqual(['unchanged']);
});

test('a sidecar without its tables is unreadable, not a bug', () => {
  const here = machine();
  inPlace(here, 'sync-sidecar/sidecar.sqlite', (place) => fs.copyFileSync(path.join(here.codexHome, 'goals_1.sqlite'), place));
  expect(() => syncNow(here, packageOf(here))).toThrow(expect.objectContaining({ code: 'database_unreadable' }));
});
