// Names and archive states that come with a package, beside lines or without any.

import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLocalHome } from '../../scripts/lib/adapters/local_sessions/local_home.ts';
import { checkOnDisk } from '../../scripts/lib/commands/health/check_on_disk.ts';
import { conversation, rolloutName, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
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
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();

const talk = conversation('one', '/home/far/project', ['first']);
type There = { name?: string | null; archived?: 0 | 1 };
let clock = Date.parse('2026-11-21T10:00:00.000Z');

/** A package that was packed a minute after the one before, unless a time is given. */
function packedAt(): string {
  clock += 60_000;
  return new Date(clock).toISOString();
}
const pack = (here: Machine, { name = null, archived = 0 }: There, at: string | null = packedAt(), session = talk): string =>
  writePackage(here, [{ conversation: session, row: { name, archived, archived_at: archived ? 1_793_900_000 : null } }], at);

const archivedFile = ({ codexHome }: Machine): string => path.join(codexHome, 'archived_sessions', rolloutName(talk));
const setHere = (here: Machine, change: string): void =>
  inState(here, (database) => void database.prepare(`UPDATE threads SET ${change} WHERE id = ?`).run(talk.id));
const only = (result: ReturnType<typeof planNow>) => result.plan.sessions[0];

/** As Codex archives: the file moves, the row follows. */
function archiveHere(here: Machine): void {
  fs.mkdirSync(path.dirname(archivedFile(here)), { recursive: true });
  fs.renameSync(rolloutOf(here, talk), archivedFile(here));
  setHere(here, `archived = 1, archived_at = 1793999999, rollout_path = '${archivedFile(here)}'`);
}

describe('a session that was archived there', () => {
  test('is archived here: file and row together, and rolled back together', () => {
    const here = machine();
    syncNow(here, pack(here, {}));
    const before = snapshot(path.join(here.codexHome, 'sessions'));
    const result = syncNow(here, pack(here, { archived: 1 }), {}, new Date(NOW.getTime() + 1000));
    expect(only(result)).toMatchObject({ classification: 'unchanged', warnings: ['taken over: it is archived'] });
    expect(fs.readFileSync(archivedFile(here), 'utf8')).toBe(textOf(talk));
    expect(fs.existsSync(rolloutOf(here, talk))).toBe(false);
    expect(threadRow(here, talk.id)).toMatchObject({
      archived: 1,
      archived_at: 1_793_900_000,
      rollout_path: archivedFile(here),
    });
    undoNow(here);
    expect(snapshot(path.join(here.codexHome, 'sessions'))).toEqual(before);
    expect(threadRow(here, talk.id)).toMatchObject({ archived: 0, archived_at: null, rollout_path: rolloutOf(here, talk) });
  });

  test('and went on there is appended to and archived in one run, and rolled back in one', () => {
    const here = machine();
    syncNow(here, pack(here, {}));
    const longer = withTurn(talk, 'second');
    syncNow(here, pack(here, { archived: 1 }, packedAt(), longer), {}, new Date(NOW.getTime() + 1000));
    expect(fs.readFileSync(archivedFile(here), 'utf8')).toBe(textOf(longer));
    expect(only(planNow(here, pack(here, { archived: 1 }, packedAt(), longer)))).toMatchObject({ classification: 'unchanged' });
    undoNow(here);
    expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(textOf(talk));
    expect(fs.existsSync(archivedFile(here))).toBe(false);
  });

  test('and taken out again there is taken out here', () => {
    const here = machine();
    syncNow(here, pack(here, { archived: 1 }));
    syncNow(here, pack(here, {}));
    expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(textOf(talk));
    expect(threadRow(here, talk.id)).toMatchObject({ archived: 0, archived_at: null });
  });

  test('stays as the user set it here since', () => {
    const here = machine();
    syncNow(here, pack(here, {}));
    archiveHere(here);
    syncNow(here, pack(here, {}));
    syncNow(here, pack(here, {}, packedAt(), withTurn(talk, 'second')));
    expect(threadRow(here, talk.id)).toMatchObject({ archived: 1 });
    expect(fs.existsSync(archivedFile(here))).toBe(true);
  });

  test.each<[string, string | null]>([
    ['was packed before', '2026-11-21T09:00:00.000Z'],
    ['does not tell when it was packed', null],
  ])('is not taken out of the archive by a package that %s', (_what, at) => {
    const here = machine();
    syncNow(here, pack(here, {}));
    syncNow(here, pack(here, { archived: 1 }));
    const before = snapshot(here.codexHome);
    expect(only(syncNow(here, pack(here, {}, at)))).toMatchObject({ classification: 'unchanged', warnings: [] });
    expect(snapshot(here.codexHome)).toEqual(before);
  });
});

describe('a name that was given there', () => {
  test('arrives without a new line, once', () => {
    const here = machine();
    syncNow(here, pack(here, { name: 'First' }));
    const renamed = pack(here, { name: 'Second' });
    expect(only(syncNow(here, renamed))).toMatchObject({ classification: 'unchanged', warnings: ['taken over: its name'] });
    expect(threadRow(here, talk.id)).toMatchObject({ name: 'Second' });
    expect(fs.readFileSync(path.join(here.codexHome, 'session_index.jsonl'), 'utf8')).toContain('"Second"');
    const before = snapshot(here.codexHome);
    syncNow(here, renamed);
    syncNow(here, pack(here, { name: 'Second' }));
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('does not replace one that was given here', () => {
    const here = machine();
    syncNow(here, pack(here, { name: 'First' }));
    setHere(here, "name = 'Mine'");
    syncNow(here, pack(here, { name: 'Second' }));
    expect(threadRow(here, talk.id)).toMatchObject({ name: 'Mine' });
  });

  test('does not come back with an older package', () => {
    const here = machine();
    const old = pack(here, { name: 'First' });
    syncNow(here, old);
    syncNow(here, pack(here, { name: 'Second' }));
    syncNow(here, old);
    expect(threadRow(here, talk.id)).toMatchObject({ name: 'Second' });
  });

  test('reaches a session without a name at the first meeting, and the same package again changes nothing', () => {
    const here = machine();
    addSession(here, talk);
    const named = pack(here, { name: 'Theirs' });
    expect(only(syncNow(here, named))).toMatchObject({ classification: 'unchanged', warnings: ['mended: name'] });
    expect(threadRow(here, talk.id)).toMatchObject({ name: 'Theirs' });
    const before = snapshot(here.codexHome);
    expect(only(syncNow(here, named))).toMatchObject({ warnings: [] });
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test.each([
    ['with the same lines', talk],
    ['with a new turn', withTurn(talk, 'second')],
  ])('does not hide the name that an older Codex kept in the index alone: %s', (_what, there) => {
    const here = machine();
    addSession(here, talk);
    const line = { id: talk.id, thread_name: 'Mine', updated_at: '2026-11-03T10:11:12Z' };
    fs.writeFileSync(path.join(here.codexHome, 'session_index.jsonl'), `${JSON.stringify(line)}\n`);
    for (const name of ['Theirs', 'Theirs', 'Later']) syncNow(here, pack(here, { name }, packedAt(), there));
    expect(threadRow(here, talk.id)).toMatchObject({ name: null });
    expect(checkOnDisk(homeOf(here), readLocalHome(homeOf(here)), [talk.id])).toEqual([]);
  });

  test('leaves the name of a branch alone, by which the two are told apart', () => {
    const here = machine();
    const [ours, theirs] = [withTurn(talk, 'ours'), withTurn(talk, 'theirs')];
    syncNow(here, pack(here, { name: 'Talk' }, packedAt(), ours));
    const branch = only(syncNow(here, pack(here, { name: 'Talk' }, packedAt(), theirs)))?.local_thread_id as string;
    const name = threadRow(here, branch)?.name;
    syncNow(here, pack(here, { name: 'Talk' }, packedAt(), withTurn(theirs, 'more')));
    expect(threadRow(here, branch)).toMatchObject({ name });
  });
});

test('a pin is a matter of one machine, unless it is asked for', () => {
  for (const [includePins, is_pinned] of [
    [false, 0],
    [true, 1],
  ] as const) {
    const here = machine();
    syncNow(here, writePackage(here, [{ conversation: talk, row: { is_pinned: 1 } }]), { includePins });
    expect(threadRow(here, talk.id)).toMatchObject({ is_pinned });
  }
});

test('a sidecar of the first version is brought up to date by the run that writes', () => {
  const here = machine();
  syncNow(here, pack(here, { name: 'First' }));
  const sidecar = path.join('sync-sidecar', 'sidecar.sqlite');
  inState(
    here,
    (database) =>
      database.exec(
        'ALTER TABLE sync_points DROP COLUMN archived; ALTER TABLE sync_points DROP COLUMN packed_at; DROP TABLE tombstones; PRAGMA user_version = 1',
      ),
    sidecar,
  );
  expect(only(planNow(here, pack(here, { archived: 1 })))).toMatchObject({ classification: 'unchanged', warnings: [] });
  syncNow(here, pack(here, {}, packedAt(), withTurn(talk, 'second')));
  syncNow(here, pack(here, { archived: 1 }, packedAt(), withTurn(talk, 'second')));
  expect(threadRow(here, talk.id)).toMatchObject({ archived: 1 });
});
