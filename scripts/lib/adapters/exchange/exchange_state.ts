// What this machine knows of its exchange: which place it is, what each machine has published, what was taken in, and what was published from
// here. Knowledge, not truth (invariant 5): all of it follows from the place and the home again.

import path from 'node:path';
import { bytesOf, type SessionEntry } from '../../domain/exchange/commit.ts';
import { sessionState } from '../../domain/exchange/session_state.ts';
import { makeFolder } from '../disk/folders.ts';
import { exists } from '../paths/entries.ts';
import { createDatabase, openForWriting } from '../sqlite/sqlite.ts';
import { connect, type Database } from '../sqlite/sqlite_connection.ts';
import { openForReading } from '../sqlite/sqlite_reading.ts';

const VERSION = 1;
const SCHEMA = `
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE machines (machine TEXT PRIMARY KEY, label TEXT NOT NULL, head TEXT, news INTEGER NOT NULL, checkpoint INTEGER NOT NULL, seen TEXT NOT NULL, retired TEXT NOT NULL, seen_at TEXT);
CREATE TABLE own_commits (name TEXT PRIMARY KEY);
CREATE TABLE unneeded (name TEXT PRIMARY KEY, since TEXT NOT NULL);
CREATE TABLE sessions (machine TEXT NOT NULL, thread_id TEXT NOT NULL, state TEXT NOT NULL, bytes INTEGER NOT NULL, title TEXT NOT NULL, beginning TEXT NOT NULL, entry TEXT NOT NULL, PRIMARY KEY (machine, thread_id));
CREATE TABLE taken (state TEXT PRIMARY KEY, thread_id TEXT, size INTEGER NOT NULL);
CREATE TABLE in_step (thread_id TEXT PRIMARY KEY, file TEXT NOT NULL, size INTEGER NOT NULL, mtime REAL NOT NULL, facts TEXT NOT NULL, upto INTEGER NOT NULL, tail TEXT NOT NULL, contents TEXT NOT NULL);
`;

/** One home takes part in one exchange. `intended`: the commit that is being written; it may be there or not. `key`: null where nothing is encrypted. */
export type Membership = {
  exchangeId: string;
  machine: string;
  label: string;
  place: string;
  intended: string | null;
  key: string | null;
};

/**
 * `head`: name of its newest commit that was taken in; `news`: number of the newest one that said more than what it has seen; `checkpoint`:
 * number of its newest checkpoint; `seen`, `retired`: as that commit says; `seenAt`: when it was taken in (ISO 8601).
 */
export type KnownMachine = {
  machine: string;
  label: string;
  head: string | null;
  news: number;
  checkpoint: number;
  seen: Record<string, number>;
  retired: string[];
  seenAt: string | null;
};

export const newMachine = (machine: string, label: string): KnownMachine => ({
  machine,
  label,
  head: null,
  news: 0,
  checkpoint: 0,
  seen: {},
  retired: [],
  seenAt: null,
});

/** What a machine has published of a session. `beginning`: the same for a session and its branches. */
export type Published = { machine: string; threadId: string; state: string; bytes: number; title: string; beginning: string };

/** How a local session was taken in: the local thread and the size of its rollout then; null where nothing of it is here on purpose. */
export type Taken = { threadId: string | null; size: number };

/** The local rollout of a session as it was at some moment. `facts`: digest of all that is published beside it. */
export type LocalFile = { file: string; size: number; mtime: number; facts: string };

/**
 * A local session and what of it the place has, whichever machine put it there: the local bytes up to `upto` are the published `contents`.
 * `tail`: digest of the last bytes before that, by which a file that was not only appended to is told.
 */
export type InStep = LocalFile & { upto: number; tail: string; contents: Pick<SessionEntry, 'rollouts' | 'images'> };

export const stateFile = (home: string): string => path.join(home, 'sync-exchange', 'exchange.sqlite');

/** Null where this home takes part in none. `keeps`: what is learned is written down; else it is known until `close`, and nothing is written. */
export function openExchangeState(home: string, keeps: boolean): ExchangeState | null {
  const file = stateFile(home);
  if (!exists(file)) return null;
  if (keeps) return new ExchangeState(openForWriting(file), true);
  const database = openForReading(file);
  return database && new ExchangeState(database, false);
}

export function createExchangeState(home: string, membership: Membership): ExchangeState {
  const file = stateFile(home);
  makeFolder(path.dirname(file), 'private');
  createDatabase(file, SCHEMA, VERSION);
  const state = new ExchangeState(openForWriting(file), true);
  state.join(membership);
  return state;
}

export class ExchangeState {
  #database: Database;
  #mayWrite: boolean;

  constructor(database: Database, mayWrite: boolean) {
    this.#database = database;
    this.#mayWrite = mayWrite;
    database.defaultSafeIntegers(false);
  }

  close(): void {
    this.#database.close();
  }

  /** All or nothing. */
  atOnce(work: () => void): void {
    this.#writable().transaction(work)();
  }

  /** A copy in memory where the file itself is not to be written. */
  #writable(): Database {
    if (this.#mayWrite) return this.#database;
    const copy = connect(this.#database.serialize());
    this.#database.close();
    this.#database = copy;
    this.#mayWrite = true;
    return copy;
  }

  get membership(): Membership {
    const facts = Object.fromEntries(
      (this.#all('SELECT name, value FROM facts') as { name: string; value: string }[]).map(({ name, value }) => [name, value]),
    );
    return {
      exchangeId: facts.exchange_id ?? '',
      machine: facts.machine ?? '',
      label: facts.label ?? '',
      place: facts.place ?? '',
      intended: facts.intended || null,
      key: facts.key || null,
    };
  }

  join({ exchangeId, machine, label, place, intended, key }: Membership): void {
    const facts = { exchange_id: exchangeId, machine, label, place, intended: intended ?? '', key: key ?? '' };
    this.atOnce(() => {
      for (const [name, value] of Object.entries(facts)) this.setFact(name, value);
    });
  }

  fact(name: string): string | null {
    const row = this.#get('SELECT value FROM facts WHERE name = ?', name) as { value: string } | undefined;
    return row?.value ?? null;
  }

  setFact(name: string, value: string): void {
    this.#run('INSERT OR REPLACE INTO facts VALUES (?, ?)', name, value);
  }

  /** By machine: number of the newest commit that others were told was seen. */
  acknowledged(): Record<string, number> {
    return JSON.parse(this.fact('acknowledged') ?? '{}') as Record<string, number>;
  }

  setAcknowledged(seen: Record<string, number>): void {
    this.setFact('acknowledged', JSON.stringify(seen));
  }

  /** Machines that nobody waits for any more, whoever said so, in order. */
  retired(): string[] {
    const here = JSON.parse(this.fact('retired') ?? '[]') as string[];
    return [...new Set([...here, ...this.machines().flatMap(({ retired }) => retired)])].sort();
  }

  retire(machines: readonly string[]): void {
    this.setFact('retired', JSON.stringify(machines));
  }

  putMachine({ machine, label, head, news, checkpoint, seen, retired, seenAt }: KnownMachine): void {
    const values = [machine, label, head, news, checkpoint, JSON.stringify(seen), JSON.stringify(retired), seenAt];
    this.#run('INSERT OR REPLACE INTO machines VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ...values);
  }

  machines(): KnownMachine[] {
    const rows = this.#all('SELECT *, seen_at AS seenAt FROM machines ORDER BY machine') as (Omit<
      KnownMachine,
      'seen' | 'retired'
    > & {
      seen: string;
      retired: string;
    })[];
    return rows.map(({ machine, label, head, news, checkpoint, seen, retired, seenAt }) => ({
      machine,
      label,
      head,
      news,
      checkpoint,
      seen: JSON.parse(seen) as Record<string, number>,
      retired: JSON.parse(retired) as string[],
      seenAt,
    }));
  }

  /** Names of the commits that this machine has written under its id. */
  ownCommits(): Set<string> {
    return new Set((this.#all('SELECT name FROM own_commits') as { name: string }[]).map(({ name }) => name));
  }

  addOwnCommit(name: string): void {
    this.#run('INSERT OR REPLACE INTO own_commits VALUES (?)', name);
  }

  /** What this machine has published is published under another id from now on. */
  becomeAnother(machine: string): void {
    const { machine: before } = this.membership;
    this.#run(
      'INSERT INTO sessions SELECT ?, thread_id, state, bytes, title, beginning, entry FROM sessions WHERE machine = ?',
      machine,
      before,
    );
    this.#run('DELETE FROM own_commits');
    this.setFact('machine', machine);
    this.setFact('intended', '');
    this.setAcknowledged({});
  }

  /** What this machine has put into the place is not there any more: its next commit lists all, and counts on no bytes of its own. */
  publishAnew(own: KnownMachine): void {
    this.#run(
      'DELETE FROM in_step WHERE instr(contents, ?) OR thread_id IN (SELECT thread_id FROM sessions WHERE machine = ?)',
      own.machine,
      own.machine,
    );
    this.forgetSessions(own.machine);
    // Older than any: a checkpoint is due.
    this.putMachine({ ...own, checkpoint: Number.MIN_SAFE_INTEGER });
  }

  /** Files of this machine that nobody needs: name in the place, and since when (ISO 8601). */
  unneeded(): Map<string, string> {
    const rows = this.#all('SELECT name, since FROM unneeded') as { name: string; since: string }[];
    return new Map(rows.map(({ name, since }) => [name, since]));
  }

  setUnneeded(files: ReadonlyMap<string, string>): void {
    this.#run('DELETE FROM unneeded');
    for (const [name, since] of files) this.#run('INSERT INTO unneeded VALUES (?, ?)', name, since);
  }

  forgetSessions(machine: string): void {
    this.#run('DELETE FROM sessions WHERE machine = ?', machine);
  }

  removeSession(machine: string, threadId: string): void {
    this.#run('DELETE FROM sessions WHERE machine = ? AND thread_id = ?', machine, threadId);
  }

  putSession(machine: string, entry: SessionEntry): void {
    const title = String(entry.index.thread_name ?? entry.row.title ?? '');
    this.#run(
      'INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)',
      machine,
      entry.thread_id,
      sessionState(entry),
      bytesOf(entry),
      title,
      entry.root ?? entry.thread_id,
      JSON.stringify(entry),
    );
  }

  /** In the order of machines and threads. */
  published(): Published[] {
    const rows = this.#all('SELECT machine, thread_id, state, bytes, title, beginning FROM sessions ORDER BY machine, thread_id');
    return (rows as (Omit<Published, 'threadId'> & { thread_id: string })[]).map(({ thread_id: threadId, ...row }) => ({
      ...row,
      threadId,
    }));
  }

  entry(machine: string, threadId: string): SessionEntry | null {
    const row = this.#get('SELECT entry FROM sessions WHERE machine = ? AND thread_id = ?', machine, threadId);
    return row ? (JSON.parse((row as { entry: string }).entry) as SessionEntry) : null;
  }

  /** Whose sessions are known: machines, and what was read of forks of one. */
  publishers(): string[] {
    return (this.#all('SELECT DISTINCT machine FROM sessions ORDER BY machine') as { machine: string }[]).map(
      ({ machine }) => machine,
    );
  }

  /** What each of them has published of one session. */
  statesOf(threadId: string): SessionEntry[] {
    const rows = this.#all('SELECT entry FROM sessions WHERE thread_id = ?', threadId) as { entry: string }[];
    return rows.map(({ entry }) => JSON.parse(entry) as SessionEntry);
  }

  /** All that a machine has published, one after the other. */
  *entriesOf(machine: string): Generator<SessionEntry> {
    const ids = this.#all('SELECT thread_id FROM sessions WHERE machine = ? ORDER BY thread_id', machine) as {
      thread_id: string;
    }[];
    for (const { thread_id } of ids) yield this.entry(machine, thread_id) as SessionEntry;
  }

  taken(): Map<string, Taken> {
    const rows = this.#all('SELECT state, thread_id, size FROM taken') as {
      state: string;
      thread_id: string | null;
      size: number;
    }[];
    return new Map(rows.map(({ state, thread_id, size }) => [state, { threadId: thread_id, size }]));
  }

  putTaken(state: string, { threadId, size }: Taken): void {
    this.#run('INSERT OR REPLACE INTO taken VALUES (?, ?, ?)', state, threadId, size);
  }

  localFiles(): Map<string, LocalFile> {
    const rows = this.#all('SELECT thread_id, file, size, mtime, facts FROM in_step') as (LocalFile & { thread_id: string })[];
    return new Map(rows.map(({ thread_id, ...file }) => [thread_id, file]));
  }

  /** Threads that began here and were published: nobody has sent them. */
  begunHere(): Set<string> {
    const rows = this.#all(
      'SELECT thread_id FROM in_step WHERE thread_id NOT IN (SELECT thread_id FROM taken WHERE thread_id IS NOT NULL)',
    );
    return new Set((rows as { thread_id: string }[]).map(({ thread_id }) => thread_id));
  }

  inStep(threadId: string): InStep | null {
    const row = this.#get('SELECT * FROM in_step WHERE thread_id = ?', threadId) as
      | (Omit<InStep, 'contents'> & { thread_id: string; contents: string })
      | undefined;
    if (!row) return null;
    const { thread_id: _, contents, ...file } = row;
    return { ...file, contents: JSON.parse(contents) as InStep['contents'] };
  }

  putInStep(threadId: string, { file, size, mtime, facts, upto, tail, contents }: InStep): void {
    const values = [threadId, file, size, mtime, facts, upto, tail, JSON.stringify(contents)];
    this.#run('INSERT OR REPLACE INTO in_step VALUES (?, ?, ?, ?, ?, ?, ?, ?)', ...values);
  }

  #all(sql: string, ...values: unknown[]): unknown[] {
    return this.#database.prepare(sql).all(...values);
  }

  #get(sql: string, ...values: unknown[]): unknown {
    return this.#database.prepare(sql).get(...values);
  }

  #run(sql: string, ...values: unknown[]): void {
    this.#writable()
      .prepare(sql)
      .run(...values);
  }
}
