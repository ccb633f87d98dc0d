// A home that an earlier version of this tool wrote, with two transactions, a branch and packages of the time. `tests/fixtures/homes/` has it
// as it was on disk; only the place where it lay is put right, in rows and journals, as if it had always lain here.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, expect, test } from 'vitest';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { homeOf, inState, type Machine, planNow, syncNow, undoNow } from '../fixtures/machine.ts';
import { differences, snapshot, withoutJournal } from '../fixtures/snapshot.ts';

const WRITTEN = new URL('../fixtures/homes/written_by_0.1.0_of_2026-11-26.tar.gz', import.meta.url);
const OLD_PLACE = '/tmp/codex-session-sync-0cqfsS';

function writtenEarlier(): Machine {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'session-sync-'));
  expect(spawnSync('tar', ['-xzf', '-', '-C', root], { input: fs.readFileSync(WRITTEN) }).status).toBe(0);
  for (const entry of fs.readdirSync(root, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (/sync-journal.*json/.test(file)) fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replaceAll(OLD_PLACE, root));
    if (file.endsWith('state_5.sqlite')) moveRows(file, root);
  }
  return { root, codexHome: path.join(root, 'user', '.codex'), userHome: path.join(root, 'user') };
}

function moveRows(file: string, root: string): void {
  const database = new Database(file);
  database.prepare('UPDATE threads SET rollout_path = replace(rollout_path, ?, ?)').run(OLD_PLACE, root);
  database.close();
}

const home = writtenEarlier();
afterAll(() => fs.rmSync(home.root, { recursive: true }));

const packageOf = (at: number): string => path.join(home.root, `package-${at}`);
const LATER = new Date('2026-12-01T12:00:00.000Z');
const stateNow = () => withoutJournal(snapshot(home.userHome));
const codesNow = () => examineSidecar(homeOf(home)).findings.map(({ code }) => code);
const titles = () => inState(home, (database) => database.prepare('SELECT title FROM threads ORDER BY title').pluck().all());

test('what it brought is known: its packages change nothing when they come again', () => {
  for (const at of [0, 1]) {
    const { sessions } = planNow(home, packageOf(at)).plan;
    expect(sessions.map(({ classification }) => classification)).toEqual(sessions.map(() => 'unchanged'));
  }
});

test('all of it is sound but for what it did not care for: rights of senders, folders that others may read', () => {
  expect(codesNow()).toEqual(['wider_rights', 'wider_rights', 'wider_rights', 'open_to_others', 'open_to_others']);
});

test('what comes now goes on where it left off, also on the branch that it made, and is taken back', () => {
  const before = stateNow();
  const { sessions } = syncNow(home, packageOf(2), {}, LATER).plan;
  expect(sessions.map(({ classification, action }) => [classification, action])).toEqual([
    ['fast_forward_import', 'append'],
    ['fast_forward_import', 'append'],
    ['unchanged', 'none'],
    ['new_lineage', 'create'],
  ]);
  expect(codesNow()).toEqual(['wider_rights']);
  undoNow(home, null, LATER);
  expect(differences(stateNow(), before)).toEqual([]);
});

test('its own transactions are taken back, the last one first, and only what the user had stays', () => {
  undoNow(home, null, LATER);
  undoNow(home, null, LATER);
  expect(titles()).toEqual(['first']);
});
