import fs from 'node:fs';
import path from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import {
  columnsOf,
  createDatabase,
  deleteRow,
  insertRow,
  openForWriting,
  selectRows,
  updateRow,
} from '../../../scripts/lib/adapters/sqlite/sqlite.ts';
import { openForReading } from '../../../scripts/lib/adapters/sqlite/sqlite_reading.ts';
import type { Row } from '../../../scripts/lib/domain/operation/operation.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

const TABLE =
  'CREATE TABLE threads (id TEXT PRIMARY KEY, tokens INTEGER NOT NULL DEFAULT 0, title TEXT NOT NULL, mtime REAL, blob BLOB)';

/** A database in the mode that Codex uses. While `whileOpen` runs, its rows are in the log only. */
function codexDatabase(whileOpen: (file: string) => void = () => undefined): string {
  const file = path.join(temporaryFolder(), 'state_5.sqlite');
  const database = new BetterSqlite3(file);
  database.pragma('journal_mode = WAL');
  database.pragma('wal_autocheckpoint = 0');
  database.exec(TABLE);
  database.exec("INSERT INTO threads VALUES ('a', 1, 'first', 1.5, NULL)");
  whileOpen(file);
  database.close();
  return file;
}

const readAll = (file: string): Row[] => {
  const database = openForReading(file);
  try {
    return selectRows(database!, 'threads');
  } finally {
    database?.close();
  }
};
const first: Row = { id: 'a', tokens: 1, title: 'first', mtime: 1.5, blob: null };

describe('reading a database', () => {
  test('that Codex has closed leaves the folder as it was', () => {
    const file = codexDatabase();
    const folder = path.dirname(file);
    const before = [fs.readdirSync(folder), fs.readFileSync(file), fs.statSync(file).mtimeMs];
    expect(readAll(file)).toEqual([first]);
    expect([fs.readdirSync(folder), fs.readFileSync(file), fs.statSync(file).mtimeMs]).toEqual(before);
    expect(fs.readdirSync(folder)).toEqual(['state_5.sqlite']);
  });

  test('that cannot be written to works', () => {
    const file = codexDatabase();
    fs.chmodSync(file, 0o444);
    fs.chmodSync(path.dirname(file), 0o555);
    expect(readAll(file)).toEqual([first]);
    fs.chmodSync(path.dirname(file), 0o755);
  });

  test('that a running Codex has open sees the rows that are only in its log', () => {
    codexDatabase((file) => {
      expect(fs.statSync(`${file}-wal`).size).toBeGreaterThan(0);
      expect(readAll(file)).toEqual([first]);
      expect(fs.readdirSync(path.dirname(file)).sort()).toEqual(['state_5.sqlite', 'state_5.sqlite-shm', 'state_5.sqlite-wal']);
    });
  });

  test('that a killed Codex left with a log sees its rows and does not take the log away', () => {
    const folder = temporaryFolder();
    codexDatabase((file) => {
      for (const end of ['', '-wal']) fs.copyFileSync(file + end, path.join(folder, `state_5.sqlite${end}`));
    });
    const log = fs.readFileSync(path.join(folder, 'state_5.sqlite-wal'));
    expect(readAll(path.join(folder, 'state_5.sqlite'))).toEqual([first]);
    expect(fs.readFileSync(path.join(folder, 'state_5.sqlite-wal')).equals(log)).toBe(true);
  });

  test('that is large takes no memory for its size, and leaves the folder and the temporary one as they were', () => {
    const file = codexDatabase();
    const large = new BetterSqlite3(file);
    large.exec("INSERT INTO threads VALUES ('b', 2, 'second', 1.5, zeroblob(96000000))");
    large.close();
    const before = [fs.readdirSync(path.dirname(file)), fs.statSync(file).mtimeMs];
    const held = process.memoryUsage().rss;
    const database = openForReading(file);
    expect(database?.prepare("SELECT title FROM threads WHERE id = 'b'").get()).toEqual({ title: 'second' });
    expect(process.memoryUsage().rss - held).toBeLessThan(48e6);
    database?.close();
    expect([fs.readdirSync(path.dirname(file)), fs.statSync(file).mtimeMs]).toEqual(before);
  });

  test('that is not there, or that Codex has not made yet, gives null and makes nothing', () => {
    const file = path.join(temporaryFolder(), 'state_5.sqlite');
    expect(openForReading(file)).toBeNull();
    fs.writeFileSync(file, '');
    expect(openForReading(file)).toBeNull();
    expect(fs.readdirSync(path.dirname(file))).toEqual(['state_5.sqlite']);
    expect(fs.statSync(file).size).toBe(0);
  });

  test.each([
    ['prose', Buffer.from('this is not a database, whatever its name says.'.repeat(40))],
    ['a header alone', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(100, 0xff)])],
  ])('that is %s is refused by name', (_what, content) => {
    const file = path.join(temporaryFolder(), 'state_5.sqlite');
    fs.writeFileSync(file, content);
    expect(() => openForReading(file)).toThrow(expect.objectContaining({ code: 'database_unreadable', where: file }));
  });
});

test.each([9007199254740993n, 9223372036854775807n, -9223372036854775808n])(
  '%s is read as it was written by another program',
  (tokens) => {
    const file = codexDatabase();
    const database = new BetterSqlite3(file);
    database.prepare('UPDATE threads SET tokens = ?').run(tokens);
    expect(readAll(file)).toEqual([{ ...first, tokens }]);
    database.close();
    expect(readAll(file)).toEqual([{ ...first, tokens }]);
  },
);

describe('writing', () => {
  function inDatabase<T>(run: (database: NonNullable<ReturnType<typeof openForReading>>) => T): T {
    const database = openForWriting(codexDatabase());
    try {
      return run(database);
    } finally {
      database.close();
    }
  }

  test.each<[string, Row]>([
    ['integers beyond 2^53', { id: 'b', tokens: 9007199254740993n, title: 't', mtime: null, blob: null }],
    ['the largest integer', { id: 'b', tokens: 9223372036854775807n, title: 't', mtime: null, blob: null }],
    ['the smallest integer', { id: 'b', tokens: -9223372036854775808n, title: 't', mtime: null, blob: null }],
    ['2^53 itself', { id: 'b', tokens: 9007199254740992n, title: 't', mtime: null, blob: null }],
    ['plain integers as numbers', { id: 'b', tokens: 9007199254740991, title: 't', mtime: 1795255689724.25, blob: null }],
    ['negative and zero', { id: 'b', tokens: -1, title: '', mtime: 0, blob: null }],
    ['text with quotes, NUL and emoji', { id: 'b', tokens: 0, title: `'"\0😀\u2028`, mtime: null, blob: null }],
    ['bytes', { id: 'b', tokens: 0, title: 't', mtime: null, blob: Buffer.from([0, 255, 10]) }],
  ])('%s survive as they are', (_what, row) => {
    inDatabase((database) => {
      insertRow(database, 'threads', row);
      expect(selectRows(database, 'threads', { id: 'b' })).toEqual([row]);
    });
  });

  test('a whole number is an INTEGER, not a REAL', () => {
    inDatabase((database) => {
      database.exec('CREATE TABLE loose (value)');
      insertRow(database, 'loose', { value: 7 });
      expect(database.prepare('SELECT typeof(value) AS type FROM loose').all()).toEqual([{ type: 'integer' }]);
    });
  });

  test('a row is changed and removed by its key alone', () => {
    inDatabase((database) => {
      insertRow(database, 'threads', { id: 'b', tokens: 5, title: 'second' });
      updateRow(database, 'threads', { id: 'b' }, { tokens: 9007199254740995n, title: 'two' });
      updateRow(database, 'threads', { id: 'b' }, {});
      expect(selectRows(database, 'threads')).toEqual([
        first,
        { id: 'b', tokens: 9007199254740995n, title: 'two', mtime: null, blob: null },
      ]);
      deleteRow(database, 'threads', { id: 'a' });
      expect(selectRows(database, 'threads').map(({ id }) => id)).toEqual(['b']);
    });
  });

  test('a key may hold null, and names may hold anything', () => {
    inDatabase((database) => {
      database.exec('CREATE TABLE "odd ""name" ("a b" TEXT, "order" INTEGER)');
      insertRow(database, 'odd "name', { 'a b': null, order: 1 });
      insertRow(database, 'odd "name', { 'a b': 'x', order: 2 });
      updateRow(database, 'odd "name', { 'a b': null }, { order: 3 });
      expect(selectRows(database, 'odd "name', { 'a b': null })).toEqual([{ 'a b': null, order: 3 }]);
      deleteRow(database, 'odd "name', { 'a b': null });
      expect(selectRows(database, 'odd "name')).toEqual([{ 'a b': 'x', order: 2 }]);
    });
  });

  test('an absent database is not made', () => {
    const file = path.join(temporaryFolder(), 'state_5.sqlite');
    expect(() => openForWriting(file)).toThrow(expect.objectContaining({ code: 'database_unreadable', where: file }));
    expect(fs.existsSync(file)).toBe(false);
  });
});

test('columns are told as the table has them', () => {
  const database = openForReading(codexDatabase())!;
  expect(columnsOf(database, 'threads')).toEqual([
    { name: 'id', type: 'text', notNull: true, hasDefault: false },
    { name: 'tokens', type: 'integer', notNull: true, hasDefault: true },
    { name: 'title', type: 'text', notNull: true, hasDefault: false },
    { name: 'mtime', type: null, notNull: false, hasDefault: false },
    { name: 'blob', type: null, notNull: false, hasDefault: false },
  ]);
  expect(columnsOf(database, 'absent')).toEqual([]);
  database.close();
});

test('a new database has its schema and version, and is one file', () => {
  const file = path.join(temporaryFolder(), 'sidecar.sqlite');
  createDatabase(file, `${TABLE};`, 3);
  const database = openForReading(file)!;
  expect([selectRows(database, 'threads'), database.pragma('user_version', { simple: true })]).toEqual([[], 3n]);
  database.close();
  expect(fs.readdirSync(path.dirname(file))).toEqual(['sidecar.sqlite']);
});

test('a commit that was told outlives a power cut: the folder of a rollback journal is synced after it (synchronous = EXTRA)', () => {
  const database = openForWriting(codexDatabase());
  expect(Number(database.pragma('synchronous', { simple: true }))).toBe(3);
  // What macOS needs beside that.
  for (const setting of ['fullfsync', 'checkpoint_fullfsync']) expect(Number(database.pragma(setting, { simple: true }))).toBe(1);
  database.close();
});
