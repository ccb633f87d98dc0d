// What somebody changed since the plan was made, or since a run was interrupted, is found by the single operation.

import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import { beforeEach, describe, expect, test } from 'vitest';
import { JournalFolder } from '../../scripts/lib/adapters/journal/journal_folder.ts';
import type { Operation, Row, RowOperation } from '../../scripts/lib/domain/operation/operation.ts';
import { applyFile } from '../../scripts/lib/transaction/operations/apply_file.ts';
import { addIndexLines, removeIndexLines, restoreIndexLines } from '../../scripts/lib/transaction/operations/index_file.ts';
import { applyRows } from '../../scripts/lib/transaction/operations/rows.ts';
import { requireUnchanged } from '../../scripts/lib/transaction/operations/stale_plan.ts';
import { wouldUndo } from '../../scripts/lib/transaction/operations/undo_file.ts';
import { undoAll } from '../../scripts/lib/transaction/undo.ts';
import { temporaryFolder } from '../fixtures/temporary_folder.ts';

let home: string;
let journal: JournalFolder;
const inHome = (name: string): string => path.join(home, name);
const write = (file: string, text: string): void => fs.writeFileSync(file, text);
const find = (): string => inHome('goals.sqlite');
const mtime = 1_793_900_000_000;

beforeEach(() => {
  home = temporaryFolder();
  journal = new JournalFolder(home, 't');
  journal.create();
});

describe('a file that has changed since the plan', () => {
  const operations: [string, () => Extract<Operation, { kind: 'append_file' | 'remove_file' }>][] = [
    [
      'is not appended to',
      () => {
        write(journal.file('staged/0'), 'more\n');
        const [before, after] = [
          { size: 4, mtime },
          { size: 9, mtime },
        ];
        return { kind: 'append_file', path: inHome('r'), staged: 'staged/0', before, after, appended: 'd' };
      },
    ],
    [
      'is not taken away',
      () => ({ kind: 'remove_file', path: inHome('r'), kept: 'backups/0', before: { size: 4, mtime, digest: 'd' } }),
    ],
  ];
  test.each(operations)('%s', (_what, operation) => {
    write(inHome('r'), 'one\ntwo\n');
    expect(() => applyFile(operation(), journal)).toThrow('The session has changed while the plan was being applied.');
    expect(fs.readFileSync(inHome('r'), 'utf8')).toBe('one\ntwo\n');
  });
});

describe('a row', () => {
  const key = { thread_id: 'a' };
  const operation = (table: string, before: Row | null, after: Row | null): RowOperation => ({
    kind: 'row',
    database: 'goals',
    table,
    key,
    before: before && { ...key, ...before },
    after: after && { ...key, ...after },
  });
  const inGoals = <Result>(work: (database: Database.Database) => Result): Result => {
    const database = new Database(find());
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  const holds = (table: string): unknown => inGoals((database) => database.prepare(`SELECT words, other FROM ${table}`).get());
  beforeEach(() =>
    inGoals((database) => {
      for (const table of ['thread_goals', 'threads'])
        database.exec(`CREATE TABLE ${table} (thread_id TEXT PRIMARY KEY, words TEXT, other TEXT);
          INSERT INTO ${table} VALUES ('a', 'mine', 'stays')`);
    }),
  );

  test.each([
    ['a goal that was set since', 'thread_goals', null, 'a goal was set'],
    ['a goal that was changed since', 'thread_goals', { words: 'was' }, 'A row has changed'],
    ['a thread that was changed since', 'threads', { words: 'was' }, 'A row has changed'],
  ])('is not written over %s', (_what, table, before, message) => {
    expect(() => applyRows('goals', [operation(table, before, { words: 'ours' })], find, new Set())).toThrow(
      new RegExp(message, 'i'),
    );
    expect(holds(table)).toEqual({ words: 'mine', other: 'stays' });
  });

  test('is not written again where it was deleted since', () => {
    inGoals((database) => database.exec('DELETE FROM threads'));
    const work = () => applyRows('goals', [operation('threads', { words: 'mine' }, { words: 'ours' })], find, new Set());
    expect(work).toThrow('A row has disappeared while the plan was being applied.');
    expect(holds('threads')).toBeUndefined();
  });

  test.each([
    ['a thread that Codex has indexed since', 'threads', null],
    ['what the plan saw of a thread', 'threads', { words: 'mine' }],
    ['what the plan saw of a goal', 'thread_goals', { words: 'mine' }],
  ])('takes the place of %s, column by column', (_what, table, before) => {
    applyRows('goals', [operation(table, before, { words: 'ours' })], find, new Set());
    expect(holds(table)).toEqual({ words: 'ours', other: 'stays' });
  });

  test.each([
    ['a goal that is another by now stays', 'thread_goals', { words: 'ours' }, { words: 'mine', other: 'stays' }],
    ['our goal goes', 'thread_goals', { words: 'mine', other: 'stays' }, undefined],
    ['a new thread goes, whatever Codex made of it', 'threads', { words: 'ours' }, undefined],
  ])('is undone: %s', (_what, table, after, left) => {
    undoAll([{ thread_id: 'a', operation: operation(table, null, after) }], journal, find);
    expect(holds(table)).toEqual(left);
  });
});

test('an interrupted cut would be undone where the file is shorter than it was', () => {
  const [before, after] = [
    { size: 9, mtime },
    { size: 4, mtime },
  ];
  const operation: Operation = { kind: 'truncate_file', path: inHome('r'), kept: 'backups/0', before, after, appended: 'd' };
  const undone = (text: string): boolean => {
    write(inHome('r'), text);
    return wouldUndo(operation, journal);
  };
  expect([undone('one\n'), undone('one\nmore\n')]).toEqual([true, false]);
});

test('what was taken away would be undone while it is kept; a folder or a row concerns no rollout', () => {
  const would = (operation: Operation): boolean => wouldUndo(operation, journal);
  const removed: Operation = {
    kind: 'remove_file',
    path: inHome('r'),
    kept: 'backups/0',
    before: { size: 4, mtime, digest: 'd' },
  };
  expect(would(removed)).toBe(false);
  write(journal.file('backups/0'), 'more');
  expect([would(removed), would({ kind: 'make_directory', path: inHome('f') })]).toEqual([true, false]);
});

test.each<[string, (file: string) => void]>([
  ['is gone', (file) => fs.rmSync(file)],
  ['has another size at the same time', (file) => write(file, 'longer')],
  ['has another time', (file) => fs.utimesSync(file, 1, 1)],
])('a file that was planned with and %s is not the one', (_what, change) => {
  write(inHome('r'), 'four');
  fs.utimesSync(inHome('r'), mtime / 1000, mtime / 1000);
  const check = (): void => requireUnchanged(inHome('r'), { size: 4, mtime });
  expect(check).not.toThrow();
  change(inHome('r'));
  if (fs.existsSync(inHome('r')) && fs.statSync(inHome('r')).size !== 4) fs.utimesSync(inHome('r'), mtime / 1000, mtime / 1000);
  expect(check).toThrow('A file has changed since the plan was made.');
});

test('a cut that was interrupted is undone, unless the file is gone or another', () => {
  const [before, after] = [
    { size: 9, mtime },
    { size: 4, mtime },
  ];
  const operation: Operation = { kind: 'truncate_file', path: inHome('r'), kept: 'backups/0', before, after, appended: 'd' };
  const undo = (): void => undoAll([{ thread_id: 'a', operation }], journal, find);
  write(journal.file('backups/0'), 'more\n');
  expect(undo).toThrow(/it is missing|undone except for 1 session/);
  write(inHome('r'), 'other\n');
  expect(undo).toThrow(/undone except for 1 session/);
  write(inHome('r'), 'one\n');
  undo();
  expect(fs.readFileSync(inHome('r'), 'utf8')).toBe('one\nmore\n');
  undo();
  expect(fs.readFileSync(inHome('r'), 'utf8')).toBe('one\nmore\n');
});

test('a database that is still staged is undone without a look at the one in its place', () => {
  write(journal.file('staged/0'), 'new');
  write(inHome('s'), 'damaged');
  const operation: Operation = { kind: 'create_database', path: inHome('s'), staged: 'staged/0' };
  undoAll([{ thread_id: null, operation }], journal, find);
  expect(fs.readFileSync(inHome('s'), 'utf8')).toBe('damaged');
});

describe('an index line', () => {
  const without = (text: string, line: string): string | null => {
    write(inHome('i'), text);
    removeIndexLines(inHome('i'), [{ line }], inHome('temporary'));
    return fs.existsSync(inHome('i')) ? fs.readFileSync(inHome('i'), 'utf8') : null;
  };

  test.each([
    ['the last of two', 'a\nb\na\n', 'a', 'a\nb\n'],
    ['a whole line only', 'a\nba\n', 'a', 'ba\n'],
    ['none that merely ends like it', 'ba\n', 'a', 'ba\n'],
    ['a torn one at the end', 'b\nlon', 'long', 'b\n'],
    ['a torn one that is all', 'lon', 'long', null],
    ['no other torn one', 'b\nlum', 'long', 'b\nlum'],
    ['the only one, and its file', 'a\n', 'a', null],
  ])('is taken out: %s', (_what, text, line, left) => expect(without(text, line)).toBe(left));

  test.each([
    ['', 'a\n'],
    ['b\n', 'b\na\n'],
    ['lon', 'lon\na\n'],
  ])('is added behind %j', (text, expected) => {
    write(inHome('i'), text);
    addIndexLines(inHome('i'), [{ line: 'a' }]);
    expect(fs.readFileSync(inHome('i'), 'utf8')).toBe(expected);
  });

  const openEnd = 'old'.length;
  const added = [
    { line: 'longer', openEnd },
    { line: 'long', openEnd },
  ];
  test.each([
    ['all', 'old\nlonger\nlong\n', 'old'],
    ['the half of one', 'old\nlonger\nlo', 'old'],
    ['only the newline before them', 'old\n', 'old'],
    ['none yet', 'old', 'old'],
    ['none yet, behind what looks like one', 'lon', 'lon'],
    ['all, and somebody else has gone on', 'old\nlonger\nlong\nnew\n', 'old\nnew\n'],
  ])('leaves the end that it found open as it was: %s', (_what, text, left) => {
    write(inHome('i'), text);
    removeIndexLines(inHome('i'), added, inHome('temporary'));
    expect(fs.readFileSync(inHome('i'), 'utf8')).toBe(left);
  });

  test('comes back in its place among the others that were taken out', () => {
    write(inHome('i'), 'old\nlonger\n');
    restoreIndexLines(inHome('i'), added);
    expect(fs.readFileSync(inHome('i'), 'utf8')).toBe('old\nlonger\nlong\n');
  });

  test('of each of 20,000 sessions goes in the time of one', { timeout: 5000 }, () => {
    const lines = Array.from({ length: 20_000 }, (_, index) => ({ line: `${index} ${'name '.repeat(20)}` }));
    addIndexLines(inHome('i'), lines);
    write(inHome('i'), `mine\n${fs.readFileSync(inHome('i'), 'utf8')}`);
    removeIndexLines(inHome('i'), lines, inHome('temporary'));
    expect(fs.readFileSync(inHome('i'), 'utf8')).toBe('mine\n');
  });
});
