import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runAll } from '../fixtures/command_lines.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const make = machinesOfEachTest();
const talk = conversation('one', '/home/far/project', ['first']);
const own = conversation('own', '/home/far/project', ['first']);

test('every text output begins with the Codex home that it is about', () => {
  const here = make();
  const folder = writePackage(here, [{ conversation: talk }]);
  syncNow(here, folder);
  const commands = [
    ['inspect-package', folder],
    ['sync', folder],
    ['sync', folder, '--execute'],
    ['adopt'],
    ['packup', '--all', '--output', path.join(here.root, 'packed')],
    ['list-transactions'],
    ['prune-journal', '--keep', '5'],
    ['rollback', '--latest'],
    ['recover'],
    ['rebuild-sidecar'],
    ['replay-transactions-sidecar'],
    ['verify'],
    ['sidecar-health'],
    ['prune-invalid-mappings'],
    ['doctor'],
  ];
  for (const [at, { stdout }] of runAll(here, commands).entries())
    expect([commands[at], stdout.split('\n')[0]]).toEqual([commands[at], `Codex home: ${here.codexHome}`]);
});

test('every command refuses a folder that is no Codex home, unless it is said to be new', () => {
  const here = make();
  const folder = writePackage(here, [{ conversation: talk }]);
  const commands = [
    ['inspect-package', folder],
    ['sync', folder, '--execute'],
    ['adopt'],
    ['packup', '--all', '--output', path.join(here.root, 'packed')],
    ['list-transactions'],
    ['prune-journal', '--keep', '5', '--execute'],
    ['rollback', '--latest'],
    ['recover', '--execute'],
    ['rebuild-sidecar', '--execute'],
    ['replay-transactions-sidecar', '--execute'],
    ['verify'],
    ['sidecar-health'],
    ['prune-invalid-mappings', '--execute'],
  ];
  const empty = path.join(here.root, 'empty');
  fs.mkdirSync(empty);
  const [doctor, ...ran] = runAll(here, [['doctor'], ...commands, ['inspect-package', folder, '--new-home']], {
    CODEX_HOME: empty,
  });
  expect([doctor?.code, doctor?.stdout]).toEqual([6, expect.stringContaining('home_unrecognised')]);
  expect(doctor?.stdout.split('\n')[0]).toBe(`Codex home: ${empty}`);
  for (const { stderr } of ran.slice(0, 3)) expect(stderr.split('\n')[0]).toBe(`Codex home: ${empty}`);
  expect(ran.pop()?.code).toBe(0);
  for (const [at, { code, stderr }] of ran.entries())
    expect([commands[at], code, stderr]).toEqual([commands[at], 4, expect.stringContaining('--new-home')]);
  expect(fs.readdirSync(empty)).toEqual([]);
});

test('a dry run says what would be, and JSON keeps its words', () => {
  const here = make();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  addSession(here, own);
  const folder = writePackage(here, [{ conversation: withTurn(talk, 'there') }]);
  const [rollback, rollbackJson, adopt, recover] = runAll(here, [
    ['rollback', '--latest'],
    ['rollback', '--latest', '--json'],
    ['adopt', '--all'],
    ['recover'],
  ]);
  expect(rollback?.stdout).toContain('would be rolled back');
  expect(rollbackJson?.stdout).toContain('"outcome":"rolled_back"');
  expect(adopt?.stdout).toContain('would be adopted');
  expect(recover?.stdout).toContain('Nothing to recover.');
  syncNow(here, folder);
  const [first] = fs.readdirSync(path.join(here.codexHome, 'sync-journal')).sort();
  const [refused, done] = runAll(here, [
    ['rollback', '--transaction-id', String(first)],
    ['rollback', '--latest', '--execute'],
  ]);
  expect(refused?.stdout).toContain('would be refused');
  expect(done?.stdout).toMatch(/ {2}rolled back/);
});
