// Where a session works: shown as it is, kept by packages, and moved by `relocate` alone.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { readLocalHome } from '../../scripts/lib/adapters/local_sessions/local_home.ts';
import { checkOnDisk } from '../../scripts/lib/commands/health/check_on_disk.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { relocate } from '../../scripts/lib/commands/sync/relocate.ts';
import type { LocalPath } from '../../scripts/lib/domain/paths/foreign_path.ts';
import { conversation, settings, textOf, withTurn } from '../fixtures/conversation.ts';
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
import { differences, snapshot, withoutJournal } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();
const talk = conversation('talk', '/home/far/project', ['first']);

let here: Machine;
let folder: string;
beforeEach(() => {
  here = machine();
  folder = path.join(here.userHome, 'elsewhere');
  fs.mkdirSync(folder);
});

const move = (to: string, execute = true, id: string = talk.id) =>
  relocate(homeOf(here), { id, folder: to, userHome: here.userHome as LocalPath, execute }, NOW);
const only = (result: ReturnType<typeof planNow>) => result.plan.sessions[0];
const linesOf = (file: string) =>
  fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as { ordinal: number; payload: { thread_settings?: Record<string, unknown> } });
const lastSettings = () =>
  linesOf(rolloutOf(here, talk)).findLast(({ payload }) => payload.thread_settings)?.payload.thread_settings;

describe('relocate', () => {
  test('leaves a home that never synced without a sidecar, and nothing misses one', () => {
    addSession(here, talk);
    move(folder);
    expect(fs.existsSync(path.join(here.codexHome, 'sync-sidecar'))).toBe(false);
    expect(examineSidecar(homeOf(here)).findings).toEqual([]);
  });

  test('says the settings once more with the other folder, behind everything that was there, and changes the row', () => {
    addSession(here, talk, { updated_at: 1_793_800_000 });
    const before = fs.statSync(rolloutOf(here, talk)).mtimeMs;
    const { session, transactionId } = move(folder);
    expect(session).toMatchObject({ thread_id: talk.id, from: '/home/far/project', to: folder, listed_in: '/home/far/project' });
    expect(transactionId).not.toBeNull();
    expect(fs.readFileSync(rolloutOf(here, talk), 'utf8').startsWith(textOf(talk))).toBe(true);
    const lines = linesOf(rolloutOf(here, talk));
    expect(lines).toHaveLength(talk.lines.length + 1);
    expect(lines.at(-1)).toMatchObject({
      ordinal: talk.lines.length,
      payload: { type: 'thread_settings_applied', thread_id: talk.id },
    });
    expect(lastSettings()).toEqual(settings('gpt-5', folder));
    expect(threadRow(here, talk.id)).toMatchObject({ cwd: folder });
    expect(fs.statSync(rolloutOf(here, talk)).mtimeMs).toBe(before);
    expect(checkOnDisk(homeOf(here), readLocalHome(homeOf(here)), [talk.id])).toEqual([]);
  });

  test('writes nothing in a dry run, and is rolled back as a whole', () => {
    addSession(here, talk);
    syncNow(here, writePackage(here, [{ conversation: talk }]));
    const before = withoutJournal(snapshot(here.codexHome));
    expect(move(folder, false)).toMatchObject({ mode: 'dry-run', transactionId: null });
    expect(differences(before, withoutJournal(snapshot(here.codexHome)))).toEqual([]);
    const { transactionId } = move(folder);
    const undone = undoNow(here, transactionId, new Date(NOW.getTime() + 1000));
    expect(undone.threads).toMatchObject([{ outcome: 'rolled_back' }]);
    expect(differences(before, withoutJournal(snapshot(here.codexHome)))).toEqual([]);
  });

  test('takes the beginning of an id and a relative folder, and does nothing where the session works there already', () => {
    addSession(here, talk);
    const relative = path.relative(process.cwd(), folder);
    expect(move(relative, true, talk.id.slice(0, 8).toUpperCase()).session.to).toBe(folder);
    const before = snapshot(here.codexHome);
    expect(move(folder)).toMatchObject({ mode: 'executed', transactionId: null, session: { from: folder, to: folder } });
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('moves with the folder what lies below it, and leaves other folders of the session alone', () => {
    const roots = ['/home/far/project', '/home/far/project/sub', '/srv/data'];
    const lines = talk.lines.map((line) =>
      line.replace(
        '"cwd":"/home/far/project","runtime_workspace_roots":["/home/far/project"]}',
        `"cwd":"/home/far/project","runtime_workspace_roots":${JSON.stringify(roots)}}`,
      ),
    );
    addSession(here, { ...talk, lines });
    move(folder);
    expect(lastSettings()).toMatchObject({ runtime_workspace_roots: [folder, path.join(folder, 'sub'), '/srv/data'] });
  });

  test.each<[string, string, () => void, () => unknown]>([
    ['a folder that is not there', 'usage', () => addSession(here, talk), () => move('/not/there')],
    ['a file', 'usage', () => addSession(here, talk), () => move(addSession(here, talk))],
    ['a session that nobody has', 'nothing_selected', () => {}, () => move(folder)],
    [
      'a session of the Codex that goes by first lines',
      'not_relocatable',
      () => {
        here = machine('0.145.0');
        addSession(here, talk);
      },
      () => move(here.root),
    ],
    [
      'a session without settings',
      'not_relocatable',
      () => addSession(here, { ...talk, lines: talk.lines.filter((line) => !line.includes('thread_settings_applied')) }),
      () => move(folder),
    ],
    [
      'this session',
      'session_busy',
      () => addSession(here, talk),
      () =>
        relocate(
          homeOf(here, { CODEX_THREAD_ID: talk.id }),
          { id: talk.id, folder, userHome: here.userHome as LocalPath, execute: true },
          NOW,
        ),
    ],
  ])('refuses %s, and leaves everything as it was', (_what, code, prepare, run) => {
    prepare();
    const before = withoutJournal(snapshot(here.codexHome));
    expect(run).toThrow(expect.objectContaining({ code }));
    expect(withoutJournal(snapshot(here.codexHome))).toEqual(before);
  });

  test('leaves the fast way to `unchanged` open', () => {
    addSession(here, talk);
    const packed = writePackage(here, [{ conversation: talk }]);
    syncNow(here, packed);
    move(folder);
    expect(only(planNow(here, packed))).toMatchObject({ reason_code: 'synced_before' });
    expect(inSidecar(here, (open) => open.prepare('SELECT count(*) FROM sync_points').pluck().get())).toBe(1);
  });
});

describe('a session that was moved stays there', () => {
  const longer = withTurn(talk, 'second');

  test.each([
    ['with its row', () => {}],
    ['also where Codex has listed it since, which sets the row back', () => setRow('/home/far/project')],
  ])('when a package goes on with it, %s', (_what, meanwhile) => {
    addSession(here, talk);
    move(folder);
    meanwhile();
    const packed = writePackage(here, [{ conversation: longer }]);
    expect(only(planNow(here, packed))).toMatchObject({ action: 'append', cwd: { local: folder, rule: 'here', exists: true } });
    syncNow(here, packed);
    expect(lastSettings()).toMatchObject({ cwd: folder, runtime_workspace_roots: [folder] });
    expect(only(planNow(here, packed))).toMatchObject({ action: 'none', cwd: { local: folder } });
  });

  test('when the sidecar is lost', () => {
    addSession(here, talk);
    syncNow(here, writePackage(here, [{ conversation: talk }]));
    move(folder);
    fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
    syncNow(here, writePackage(here, [{ conversation: longer }]));
    expect(lastSettings()).toMatchObject({ cwd: folder });
  });

  test('when the package comes with --map-path, which says that it has no effect and what has', () => {
    addSession(here, talk);
    move(folder);
    const packed = writePackage(here, [{ conversation: longer }]);
    const options = { mapPaths: [{ from: '/home/far', to: '/srv' }] };
    const planned = only(planNow(here, packed, options));
    expect(planned?.cwd).toMatchObject({ local: folder, rule: 'here' });
    expect(planned?.warnings).toContain(
      `--map-path does not move an existing session; it works in ${folder}. To move it: \`relocate ${talk.id} /srv/project --execute\``,
    );
    syncNow(here, packed, options);
    expect(lastSettings()).toMatchObject({ cwd: folder });
  });
});

test('a session that is here is shown where it works and not where it would go', () => {
  addSession(here, talk, { cwd: folder });
  const windows = conversation('talk', 'C:\\Users\\ana\\Documents\\plant', ['first']);
  const there = { ...windows, id: talk.id };
  for (const packed of [{ conversation: talk }, { conversation: there }])
    expect(only(planNow(here, writePackage(here, [packed])))?.cwd).toMatchObject({ local: '/home/far/project' });
});

test('a new session is still shown where it goes, and --map-path says nothing more about it', () => {
  const packed = writePackage(here, [{ conversation: talk }]);
  const planned = only(planNow(here, packed, { mapPaths: [{ from: '/home/far', to: here.userHome }] }));
  expect(planned?.cwd).toMatchObject({ local: path.join(here.userHome, 'project'), rule: 'map-path' });
  expect(planned?.warnings).toEqual([]);
});

const setRow = (cwd: string): void =>
  inState(here, (open) => void open.prepare('UPDATE threads SET cwd = ? WHERE id = ?').run(cwd, talk.id));
