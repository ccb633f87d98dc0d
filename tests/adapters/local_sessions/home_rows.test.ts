import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { withHomeRows } from '../../../scripts/lib/adapters/local_sessions/home_rows.ts';
import { conversation } from '../../fixtures/conversation.ts';
import { addSession, homeOf, inState, insert, type Machine } from '../../fixtures/machine.ts';
import { machinesOfEachTest } from '../../fixtures/machines.ts';

const HISTORY = 'thread_history_1.sqlite';
const first = conversation('first', '/home/far/project', ['hello']);
const second = conversation('second', '/home/far/project', ['hello']);
const cursorOf = (id: string) => ({ thread_id: id, next_rollout_byte_offset: 7, next_rollout_ordinal: 1 });

const machine = machinesOfEachTest();
let here: Machine;
beforeEach(() => {
  here = machine();
  for (const talk of [first, second]) {
    addSession(here, talk);
    inState(here, (database) => insert(database, 'thread_history_projection_state', cursorOf(talk.id)), HISTORY);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

test('however many rows are asked for, each database is loaded once', () => {
  const reads = vi.spyOn(fs, 'readFileSync');
  const found = withHomeRows(homeOf(here), (rows) =>
    [first, second].map(({ id }) => [rows.find('state', 'threads', { id })?.id, rows.projectionOf(id)]),
  );
  expect(found).toEqual([first, second].map(({ id }) => [id, [{ table: 'thread_history_projection_state', row: cursorOf(id) }]]));
  const loaded = reads.mock.calls.map(([file]) => path.basename(String(file))).filter((name) => name.endsWith('.sqlite'));
  expect(loaded).toEqual(['state_5.sqlite', HISTORY]);
});

test('a database that Codex has not made yet has no rows, and is not made', () => {
  fs.rmSync(path.join(here.codexHome, HISTORY));
  expect(withHomeRows(homeOf(here), (rows) => rows.projectionOf(first.id))).toEqual([]);
  expect(fs.existsSync(path.join(here.codexHome, HISTORY))).toBe(false);
});

test('a failing command lets go of them: a Codex that closes last takes its log away', () => {
  const file = path.join(here.codexHome, HISTORY);
  const codex = new Database(file);
  codex.prepare('DELETE FROM thread_history_projection_state WHERE thread_id = ?').run(first.id);
  expect(() =>
    withHomeRows(homeOf(here), (rows) => {
      expect(rows.projectionOf(first.id)).toEqual([]);
      throw new Error('stop');
    }),
  ).toThrow('stop');
  codex.close();
  expect(fs.existsSync(`${file}-wal`)).toBe(false);
});
