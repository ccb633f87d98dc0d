import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { rollback } from '../../scripts/lib/commands/rollback/rollback.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { listTransactions } from '../../scripts/lib/commands/transactions/list_transactions.ts';
import { forkOf, legacyForkOf, legacyOf } from '../fixtures/chain.ts';
import { conversation, textOf, withOpening, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inSidecar,
  inState,
  type Machine,
  NOW,
  planNow,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { type Snapshot, snapshot, withoutJournal } from '../fixtures/snapshot.ts';

const fresh = conversation('fresh', '/home/far/project', ['hello']);
const known = conversation('known', '/home/far/project', ['first']);
const parted = conversation('parted', '/home/far/project', ['first']);

const machine = machinesOfEachTest();
let here: Machine;
let before: Snapshot;

beforeEach(() => {
  here = machine();
  addSession(here, known);
  addSession(here, withTurn(parted, 'second here'));
  before = conversations(here);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** What Codex and its user see; the sidecar file stays, empty. */
const conversations = (machine: Machine): Snapshot =>
  Object.fromEntries(
    Object.entries(withoutJournal(snapshot(machine.codexHome))).filter(([name]) => !name.startsWith('sync-sidecar')),
  );

const everyKind = () =>
  writePackage(here, [
    { conversation: fresh, name: 'named' },
    { conversation: withTurn(known, 'second there') },
    { conversation: withTurn(parted, 'second there') },
  ]);
const outcomes = ({ plan }: ReturnType<typeof planNow>) => plan.sessions.map(({ classification }) => classification);
const undo = (request: Partial<Parameters<typeof rollback>[1]> = {}, environment: NodeJS.ProcessEnv = {}) =>
  rollback(
    homeOf(here, environment),
    { transactionId: null, latest: true, threadIds: [], execute: true, ...request },
    new Date(),
  );

test('a new session, an append and a branch leave no trace', () => {
  syncNow(here, everyKind());
  const result = undo();
  expect(result.threads.map(({ outcome }) => outcome)).toEqual(['rolled_back', 'rolled_back', 'rolled_back']);
  expect(conversations(here)).toEqual(before);
  const rows = inState(
    here,
    (database) =>
      ['lineages', 'sources', 'heads', 'sync_points'].map((table) =>
        database.prepare(`SELECT count(*) AS count FROM ${table}`).get(),
      ),
    'sync-sidecar/sidecar.sqlite',
  );
  expect(rows).toEqual(rows.map(() => ({ count: 0 })));
});

test('what Codex wrote of a session since stays in its row, and only what the sync wrote goes back', () => {
  const rowBefore = threadRow(here, known.id);
  syncNow(here, everyKind());
  const since = { git_sha: 'abc', git_branch: 'mine' };
  inState(here, (database) =>
    database
      .prepare('UPDATE threads SET git_sha = @git_sha, git_branch = @git_branch WHERE id = @id')
      .run({ ...since, id: known.id }),
  );
  undo();
  expect(threadRow(here, known.id)).toEqual({ ...rowBefore, ...since });
});

test('an append goes back where the sidecar was lost since, and the sidecar says again what it said before', () => {
  const point = () =>
    inSidecar(here, (database) => database.prepare('SELECT * FROM sync_points WHERE thread_id = ?').get(known.id));
  const longer = withTurn(known, 'second there');
  syncNow(here, writePackage(here, [{ conversation: longer }]));
  const [seen, said] = [textOf(longer), point()];
  syncNow(here, writePackage(here, [{ conversation: withTurn(longer, 'third there') }]), {}, new Date(NOW.getTime() + 1000));
  fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
  expect(undo().threads).toMatchObject([{ thread_id: known.id, outcome: 'rolled_back' }]);
  expect([fs.readFileSync(rolloutOf(here, known), 'utf8'), point()]).toEqual([seen, said]);
});

test('a dry run changes nothing', () => {
  syncNow(here, everyKind());
  const after = snapshot(here.root);
  expect(undo({ execute: false }).transactionId).toBeNull();
  expect(snapshot(here.root)).toEqual(after);
});

test('rolling the rollback back brings the sync back, byte for byte', () => {
  syncNow(here, everyKind());
  const synced = conversations(here);
  const { transactionId } = undo();
  undo({ transactionId, latest: false });
  expect(conversations(here)).toEqual(synced);
});

test('no database is loaded once for each session', () => {
  const loadedFor = (count: number): string[] => {
    const talks = Array.from({ length: count }, (_, at) => conversation(`${count} ${at}`, '/home/far/project', ['hello']));
    const folder = writePackage(
      here,
      talks.map((talk) => ({ conversation: talk })),
    );
    const reads = vi.spyOn(fs, 'readFileSync');
    syncNow(here, folder);
    undo();
    const files = reads.mock.calls.map(([file]) => path.basename(String(file)));
    reads.mockRestore();
    return files.filter((name) => name.endsWith('.sqlite')).sort();
  };
  loadedFor(1);
  expect(loadedFor(4)).toEqual(loadedFor(1));
});

test('a lost sidecar is in nobody’s way, and a rebuild afterwards knows what was rolled back', () => {
  const synced = syncNow(here, everyKind());
  const loseSidecar = () => fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
  loseSidecar();
  const { transactionId } = undo();
  expect(conversations(here)).toEqual(before);
  loseSidecar();
  undo({ transactionId, latest: false });
  expect(inSidecar(here, (database) => database.prepare('SELECT * FROM heads').all())).toHaveLength(4);
  undo({ transactionId: synced.transactionId, latest: false });
  loseSidecar();
  deriveSidecar(homeOf(here), { how: 'rebuild', execute: true }, new Date());
  expect(outcomes(planNow(here, everyKind()))).toEqual(['new_lineage', 'fast_forward_import', 'diverged_lineage']);
  expect(conversations(here)).toEqual(before);
});

test('what was taken away is kept in the journal', () => {
  syncNow(here, everyKind());
  const content = fs.readFileSync(rolloutOf(here, fresh));
  const { transactionId } = undo();
  const kept = path.join(here.codexHome, 'sync-journal', String(transactionId), 'backups');
  expect(fs.readdirSync(kept).some((name) => fs.readFileSync(path.join(kept, name)).equals(content))).toBe(true);
});

// A trigger of Codex sets the milliseconds where a row changes in its seconds alone, as by a package that has none.
test('the time of the last update comes back to the millisecond', () => {
  const there = machine();
  addSession(there, known, { updated_at: 1_793_800_000, updated_at_ms: 1_793_800_000_196 });
  const before = threadRow(there, known.id);
  const sent = { conversation: withTurn(known, 'more'), row: { updated_at: 1_793_900_000 } };
  syncNow(there, writePackage(there, [sent]));
  expect(threadRow(there, known.id)).toMatchObject({ updated_at: 1_793_900_000, updated_at_ms: 1_793_900_000_000 });
  undoNow(there);
  expect(threadRow(there, known.id)).toEqual(before);
});

describe('a session that changed since is refused by name and reason', () => {
  const damage: [string, (machine: Machine) => void, RegExp][] = [
    [
      'the user went on',
      (machine) =>
        fs.appendFileSync(rolloutOf(machine, fresh), `${withTurn(fresh, 'more').lines.slice(fresh.lines.length).join('\n')}\n`),
      /was continued later/,
    ],
    [
      'it was renamed',
      (machine) =>
        inState(machine, (database) => database.prepare("UPDATE threads SET name = 'mine' WHERE id = ?").run(fresh.id)),
      /name changed later/,
    ],
    [
      'it was archived',
      (machine) => inState(machine, (database) => database.prepare('UPDATE threads SET archived = 1 WHERE id = ?').run(fresh.id)),
      /archived changed later/,
    ],
    ['it was forked', (machine) => addSession(machine, forkOf(fresh, 1, 'made here')), /^session \S+ was forked from it later$/],
    ['it was deleted', (machine) => fs.rmSync(rolloutOf(machine, fresh)), /missing/],
    [
      'its bytes were changed',
      (machine) =>
        fs.writeFileSync(rolloutOf(machine, fresh), fs.readFileSync(rolloutOf(machine, fresh), 'utf8').replace('hello', 'jello')),
      /rewritten later/,
    ],
  ];
  test.each(damage)('%s', (_what, change, reason) => {
    syncNow(here, everyKind());
    change(here);
    const changed = fs.existsSync(rolloutOf(here, fresh)) ? fs.readFileSync(rolloutOf(here, fresh)) : null;
    const { threads } = undo();
    expect(threads.find(({ thread_id }) => thread_id === fresh.id)).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(reason),
    });
    expect(threads.filter(({ outcome }) => outcome === 'rolled_back')).toHaveLength(2);
    expect(fs.existsSync(rolloutOf(here, fresh)) ? fs.readFileSync(rolloutOf(here, fresh)) : null).toEqual(changed);
    expect(fs.readFileSync(rolloutOf(here, known), 'utf8')).toBe(textOf(known));
  });
});

test('a fork that needs the session is named, and is left as it was', () => {
  syncNow(here, everyKind());
  const fork = withTurn(forkOf(fresh, 1, 'made here'), 'second in the fork');
  const [file, row] = [addSession(here, fork), threadRow(here, fork.id)];
  expect(undo().threads.find(({ outcome }) => outcome === 'refused')?.reason).toContain(fork.id);
  expect([fs.readFileSync(file, 'utf8'), threadRow(here, fork.id)]).toEqual([textOf(fork), row]);
  fs.rmSync(file);
  inState(here, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(fork.id));
  expect(undo().threads).toMatchObject([{ thread_id: fresh.id, outcome: 'rolled_back' }]);
  expect(conversations(here)).toEqual(before);
});

test('a fork that Codex makes while a rollback is prepared stops it before its first change', () => {
  syncNow(here, everyKind());
  const fork = withTurn(forkOf(fresh, 1, 'made meanwhile'), 'second in the fork');
  const original = fs.mkdirSync;
  const staging = vi.spyOn(fs, 'mkdirSync').mockImplementation((place, ...more) => {
    if (path.basename(String(place)) === 'staged') addSession(here, fork);
    return original(place, ...more);
  });
  const stale = { code: 'stale_plan', where: fresh.id, message: expect.stringContaining(fork.id) };
  const synced = fs.readFileSync(rolloutOf(here, fresh), 'utf8');
  expect(() => undo()).toThrow(expect.objectContaining(stale));
  staging.mockRestore();
  expect(fs.readFileSync(rolloutOf(here, fresh), 'utf8')).toBe(synced);
  expect(
    undo()
      .threads.map(({ outcome }) => outcome)
      .sort(),
  ).toEqual(['refused', 'rolled_back', 'rolled_back']);
});

test('a legacy fork holds its history itself: the session goes back, and the fork is left as it was', () => {
  const parent = legacyOf(fresh);
  syncNow(here, writePackage(here, [{ conversation: parent, row: { history_mode: 'legacy' } }]));
  const fork = legacyForkOf(parent, 'made here');
  const [file, row] = [addSession(here, fork, { history_mode: 'legacy' }), threadRow(here, fork.id)];
  expect(undo().threads).toMatchObject([{ thread_id: fresh.id, outcome: 'rolled_back' }]);
  expect([fs.existsSync(rolloutOf(here, fresh)), threadRow(here, fresh.id)]).toEqual([false, undefined]);
  expect([fs.readFileSync(file, 'utf8'), threadRow(here, fork.id)]).toEqual([textOf(fork), row]);
});

test('a session that was merely opened is rolled back, and the line is kept', () => {
  syncNow(here, everyKind());
  const line = withOpening(fresh).lines.at(-1) as string;
  fs.appendFileSync(rolloutOf(here, fresh), `${line}\n`);
  const { threads, transactionId } = undo();
  expect(threads.every(({ outcome }) => outcome === 'rolled_back')).toBe(true);
  expect(conversations(here)).toEqual(before);
  const kept = path.join(here.codexHome, 'sync-journal', String(transactionId), 'backups');
  expect(fs.readdirSync(kept).some((name) => fs.readFileSync(path.join(kept, name), 'utf8').endsWith(`${line}\n`))).toBe(true);
});

test('only the sessions that were named go back; the others later', () => {
  syncNow(here, everyKind());
  undo({ threadIds: [fresh.id] });
  expect(fs.existsSync(rolloutOf(here, fresh))).toBe(false);
  expect(threadRow(here, known.id)).toBeDefined();
  const rest = undo();
  expect(rest.threads.map(({ thread_id }) => thread_id)).not.toContain(fresh.id);
  expect(conversations(here)).toEqual(before);
});

test('a session that was made since is untouched, also in the database', () => {
  syncNow(here, everyKind());
  const mine = conversation('mine', '/x', ['mine']);
  addSession(here, mine);
  const row = threadRow(here, mine.id);
  undo();
  expect(threadRow(here, mine.id)).toEqual(row);
  expect(fs.existsSync(rolloutOf(here, mine))).toBe(true);
});

test('the thread that runs the command is busy', () => {
  syncNow(here, everyKind());
  const { threads } = undo({}, { CODEX_THREAD_ID: fresh.id });
  expect(threads.find(({ thread_id }) => thread_id === fresh.id)?.outcome).toBe('busy');
});

test('transactions are listed newest first, with what became of them', () => {
  syncNow(here, everyKind(), {}, new Date(Date.now() - 5000));
  undo();
  expect(listTransactions(homeOf(here), NOW).map(({ command, status }) => [command, status])).toEqual([
    ['rollback', 'completed'],
    ['sync', 'rolled_back'],
  ]);
});

const whole = (): Snapshot => withoutJournal(snapshot(here.codexHome));
const statuses = () =>
  Object.fromEntries(listTransactions(homeOf(here), NOW).map(({ transaction_id, status }) => [transaction_id, status]));

test('a rollback can be rolled back, again and again', () => {
  const first = String(syncNow(here, everyKind()).transactionId);
  const synced = whole();
  const back = String(undo().transactionId);
  const without = whole();
  undo({ transactionId: back, latest: false });
  expect(whole()).toEqual(synced);
  expect(statuses()).toMatchObject({ [first]: 'completed', [back]: 'rolled_back' });
  undo({ transactionId: first, latest: false });
  expect(whole()).toEqual(without);
  expect(statuses()).toMatchObject({ [first]: 'rolled_back' });
  expect(() => undo({ transactionId: first, latest: false })).toThrow('is rolled_back');
});

test.each([
  ['without a newline at its end', '{"id":"x","thread_name":"X"}'],
  ['with one', '{"id":"x","thread_name":"X"}\n'],
  ['that is empty', ''],
])('an index of names %s comes back from a rollback byte for byte', (_what, content) => {
  const index = path.join(here.codexHome, 'session_index.jsonl');
  fs.writeFileSync(index, content);
  syncNow(here, everyKind());
  expect(fs.readFileSync(index, 'utf8')).toContain('named');
  undo();
  expect(fs.readFileSync(index, 'utf8')).toBe(content);
});

test('a partial rollback that is rolled back gives its session back to the first transaction', () => {
  const first = String(syncNow(here, everyKind()).transactionId);
  const index = () => fs.readFileSync(path.join(here.codexHome, 'session_index.jsonl'), 'utf8').split('\n').sort();
  const [synced, indexed] = [whole(), index()];
  const back = String(undo({ threadIds: [fresh.id] }).transactionId);
  undo({ transactionId: back, latest: false });
  // A line of the index comes back at its end.
  expect({ ...whole(), 'session_index.jsonl': '' }).toEqual({ ...synced, 'session_index.jsonl': '' });
  expect(index()).toEqual(indexed);
  expect(undo({ transactionId: first, latest: false }).threads).toHaveLength(3);
  expect(conversations(here)).toEqual(before);
});

test.each([
  [0, 1],
  [1, 0],
])('independent transactions go back in any order (%i, then %i)', (one, other) => {
  const extra = conversation('extra', '/home/far/project', ['hello']);
  const at = (seconds: number) => new Date(Date.now() - seconds * 1000);
  const ids = [
    syncNow(here, writePackage(here, [{ conversation: fresh }]), {}, at(9)).transactionId,
    syncNow(here, writePackage(here, [{ conversation: extra }]), {}, at(5)).transactionId,
  ];
  for (const index of [one, other]) undo({ transactionId: String(ids[index]), latest: false });
  expect(conversations(here)).toEqual(before);
});

test('of two transactions on one session the later has to go back first', () => {
  const at = (seconds: number) => new Date(Date.now() - seconds * 1000);
  const a = String(syncNow(here, writePackage(here, [{ conversation: fresh }]), {}, at(9)).transactionId);
  const b = String(syncNow(here, writePackage(here, [{ conversation: withTurn(fresh, 'more') }]), {}, at(5)).transactionId);
  expect(undo({ transactionId: a, latest: false }).threads).toMatchObject([
    { outcome: 'refused', reason: `transaction ${b} changed it later: roll that back first` },
  ]);
  undo({ transactionId: b, latest: false });
  undo({ transactionId: a, latest: false });
  expect(conversations(here)).toEqual(before);
});

test('a session that was only moved and is held is busy, and the others go back', () => {
  const shelved = (hour: number, archived: number) =>
    writePackage(
      here,
      [{ conversation: fresh, row: { archived } }, { conversation: withTurn(known, `at ${hour}`) }],
      `2026-11-21T${hour}:00:00.000Z`,
    );
  syncNow(here, writePackage(here, [{ conversation: fresh }], '2026-11-21T10:00:00.000Z'), {}, new Date(Date.now() - 9000));
  syncNow(here, shelved(11, 1), {}, new Date(Date.now() - 5000));
  const outcomes = undo({}, { CODEX_THREAD_ID: fresh.id }).threads.map(({ thread_id, outcome }) => [thread_id, outcome]);
  expect(Object.fromEntries(outcomes)).toEqual({ [fresh.id]: 'busy', [known.id]: 'rolled_back' });
});
