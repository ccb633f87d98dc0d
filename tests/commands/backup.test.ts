// Backups of a machine and what a restore does with each session, by what has become of it since.

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { backupBeforeFirstSync, toBeSaved } from '../../scripts/lib/commands/backup/before_first_sync.ts';
import { createBackup } from '../../scripts/lib/commands/backup/create_backup.ts';
import { pruneBackups } from '../../scripts/lib/commands/backup/prune_backups.ts';
import { restoreBackup } from '../../scripts/lib/commands/backup/restore_backup.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import type { BackupForm } from '../../scripts/lib/domain/backup/backup.ts';
import type { SyncOptions } from '../../scripts/lib/planning/context/sync_context.ts';
import { filesOf, forkOf } from '../fixtures/chain.ts';
import { conversation, rolloutName, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  insert,
  type Machine,
  NOW,
  optionsFor,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();
/** A folder of this machine, whatever its system. */
const HERE = path.resolve('/work/here');
const talk = conversation('talk', HERE, ['hello', 'again']);
const folderOf = (here: Machine): string => path.join(here.root, 'backups');
const create = (here: Machine, form: BackupForm = 'zip', now = NOW) =>
  createBackup(homeOf(here), { folder: folderOf(here), form, why: 'by_hand' }, now);
const restore = async (here: Machine, options: Partial<SyncOptions> & { from?: string; execute?: boolean } = {}) => {
  const { package: _, ...flags } = optionsFor(here, '', { resurrect: true });
  const request = { ...flags, folder: folderOf(here), from: null, execute: true, expectPlan: null, ...options };
  const { backup, result } = await restoreBackup(homeOf(here), request, NOW);
  return { backup, sessions: result.plan.sessions, transactionId: result.transactionId };
};

describe.each<BackupForm>(['none', 'zip'])('a backup with compression %s', (form) => {
  test('brings back a session that is gone, as it was, and a rollback takes it away again', async () => {
    const here = machine();
    const file = addSession(here, talk, { archived: 0 });
    const row = threadRow(here, talk.id);
    const { backup } = create(here, form);
    expect(backup).toMatchObject({ form, description: { sessions: 1, left_out: 0, why: 'by_hand' } });
    fs.rmSync(file);
    const { sessions } = await restore(here);
    expect(sessions).toMatchObject([{ thread_id: talk.id, local_thread_id: talk.id, action: 'create' }]);
    expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(textOf(talk));
    expect(threadRow(here, talk.id)).toEqual(row);
    undoNow(here);
    expect(fs.existsSync(rolloutOf(here, talk))).toBe(false);
  });
});

/** What a restore makes of a session of two turns that has become another one since the backup. */
async function afterwards(change: (file: string, here: Machine) => void) {
  const here = machine();
  const file = addSession(here, talk);
  create(here);
  change(file, here);
  const left = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null;
  const { sessions } = await restore(here);
  expect(sessions).toHaveLength(1);
  return { here, file, left, session: sessions[0] as (typeof sessions)[number] };
}

const rolloutsIn = ({ codexHome }: Machine): string[] =>
  (fs.readdirSync(path.join(codexHome, 'sessions'), { recursive: true }) as string[])
    .filter((name) => name.includes('.jsonl'))
    .map((name) => fs.readFileSync(path.join(codexHome, 'sessions', name), 'utf8'));

const cut = (file: string, at: (text: string) => number): void => fs.writeFileSync(file, textOf(talk).slice(0, at(textOf(talk))));
const changeLine = (file: string, at: number, change: (line: string) => string): void =>
  fs.writeFileSync(file, textOf({ ...talk, lines: talk.lines.with(at, change(talk.lines[at] as string)) }));
const grown = withTurn(talk, 'newer');
const grownId = conversation('another', HERE, []).id;

describe('what a restore does with a session that since the backup', () => {
  test('was left alone: nothing', async () => {
    const { here, session } = await afterwards(() => {});
    expect([session.classification, session.action]).toEqual(['unchanged', 'none']);
    expect(rolloutsIn(here)).toEqual([textOf(talk)]);
  });

  test('went on: nothing, since the backup is older', async () => {
    const { here, session } = await afterwards((file) => fs.writeFileSync(file, textOf(grown)));
    expect([session.classification, session.reason_code, session.action]).toEqual(['unchanged', 'package_older', 'none']);
    expect(rolloutsIn(here)).toEqual([textOf(grown)]);
  });

  test('was renamed: it keeps the new name', async () => {
    const { here, session } = await afterwards((_file, { codexHome }) => {
      inState({ codexHome } as Machine, (state) => state.exec("UPDATE threads SET name = 'mine', is_pinned = 1"));
      fs.writeFileSync(
        path.join(codexHome, 'session_index.jsonl'),
        `${JSON.stringify({ id: talk.id, thread_name: 'mine', updated_at: '2026-11-21T13:00:00Z' })}\n`,
      );
    });
    expect([session.classification, session.action, session.warnings]).toEqual(['unchanged', 'none', []]);
    expect(threadRow(here, talk.id)).toMatchObject({ name: 'mine', is_pinned: 1 });
  });

  test('was archived: it stays in the archive', async () => {
    const { here, session, file } = await afterwards((from, { codexHome }) => {
      const to = path.join(codexHome, 'archived_sessions', path.basename(from));
      fs.mkdirSync(path.dirname(to));
      fs.renameSync(from, to);
      inState({ codexHome } as Machine, (state) =>
        state.prepare('UPDATE threads SET archived = 1, archived_at = 1793800000, rollout_path = ?').run(to),
      );
    });
    expect([session.classification, session.action, session.warnings]).toEqual(['unchanged', 'none', []]);
    expect([fs.existsSync(file), threadRow(here, talk.id)?.archived]).toEqual([false, 1]);
  });

  test.each<[string, (text: string) => number]>([
    ['at the end of a line', (text) => text.lastIndexOf('\n', text.length - 2) + 1],
    ['behind its first line', (text) => text.indexOf('\n') + 1],
  ])('was cut %s: the missing lines come back', async (_where, at) => {
    const { here, session } = await afterwards((file) => cut(file, at));
    expect([session.classification, session.action]).toEqual(['fast_forward_import', 'append']);
    expect(rolloutsIn(here)).toEqual([textOf(talk)]);
  });

  test('was cut within a line: the line comes back whole behind what is left of it', async () => {
    const { here, session } = await afterwards((file) => cut(file, (text) => text.length - 20));
    expect([session.classification, session.action]).toEqual(['fast_forward_import', 'append']);
    expect(rolloutsIn(here)).toEqual([`${textOf(talk).slice(0, -20)}\n${talk.lines.at(-1)}\n`]);
  });

  test.each<[string, (file: string) => void]>([
    ['deleted', (file) => fs.rmSync(file)],
    ['emptied', (file) => fs.writeFileSync(file, '')],
    ['filled with NUL bytes', (file) => fs.writeFileSync(file, Buffer.alloc(fs.statSync(file).size))],
    ['damaged in a line', (file) => changeLine(file, 5, () => 'garbage')],
    ['damaged by NUL bytes at its end', (file) => changeLine(file, 16, (line) => '\0'.repeat(line.length))],
    ['damaged in its first line', (file) => changeLine(file, 0, () => 'garbage')],
    ['given the id of another in its first line', (file) => changeLine(file, 0, (line) => line.replaceAll(talk.id, grownId))],
    ['damaged and cut', (file) => fs.writeFileSync(file, `${talk.lines.slice(0, 4).join('\n')}\ngarbage\n`)],
  ])('was %s: it is there again under its id, and a rollback gives back what was there', async (_what, damage) => {
    const { here, session, file, left } = await afterwards(damage);
    expect([session.action, session.local_thread_id]).toEqual(['create', talk.id]);
    expect(rolloutsIn(here)).toEqual([textOf(talk)]);
    expect((await restore(here)).sessions).toMatchObject([{ classification: 'unchanged', action: 'none' }]);
    undoNow(here);
    expect(fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : null).toBe(left);
  });

  test('was deleted by the user after a sync had brought it: it comes back, unless that is not wanted', async () => {
    const here = machine();
    syncNow(here, writePackage(here, [{ conversation: talk }]));
    create(here);
    fs.rmSync(rolloutOf(here, talk));
    inState(here, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(talk.id));
    const [left] = (await restore(here, { resurrect: false })).sessions;
    expect([left?.reason_code, left?.action]).toEqual(['deleted_here', 'none']);
    const [back] = (await restore(here)).sessions;
    expect([back?.reason_code, back?.action]).toEqual(['brought_back', 'create']);
    expect(rolloutsIn(here)).toHaveLength(1);
  });

  test('was damaged after a sync: it is there again', async () => {
    const here = machine();
    syncNow(here, writePackage(here, [{ conversation: talk }]));
    create(here);
    const file = rolloutOf(here, talk);
    const whole = fs.readFileSync(file, 'utf8');
    fs.writeFileSync(file, whole.replace(/^.*$/m, 'garbage'));
    expect((await restore(here)).sessions).toMatchObject([{ reason_code: 'local_damaged', action: 'create' }]);
    expect(rolloutsIn(here)).toEqual([whole]);
    expect(examineSidecar(homeOf(here)).findings).toEqual([]);
    expect((await restore(here)).sessions).toMatchObject([{ classification: 'unchanged' }]);
  });

  test.each<[string, string[]]>([
    ['it went on since', grown.lines.with(7, 'garbage') as string[]],
    ['a word in it is another one', talk.lines.with(7, (talk.lines[7] as string).replace('hello', 'hullo')) as string[]],
  ])('was damaged, and %s: the file stays as it is, and the whole one becomes a branch', async (_what, lines) => {
    const { here, session, left } = await afterwards((file) => fs.writeFileSync(file, textOf({ ...talk, lines })));
    expect([session.classification, session.action]).toEqual(['diverged_lineage', 'branch']);
    expect(rolloutsIn(here)).toHaveLength(2);
    expect(rolloutsIn(here)).toContain(left);
  });

  test('went on, and is damaged where another line says the same: nothing', async () => {
    const { here, session, left } = await afterwards((file) =>
      fs.writeFileSync(file, textOf({ ...grown, lines: grown.lines.with(5, 'garbage') })),
    );
    expect([session.classification, session.action]).toEqual(['unchanged', 'none']);
    expect(rolloutsIn(here)).toEqual([left]);
  });

  test('was damaged, and Codex has projected it before and after the restore: a rollback takes both projections away', async () => {
    const history = 'thread_history_1.sqlite';
    const project = (here: Machine, bytes: number): void =>
      inState(
        here,
        (database) =>
          insert(database, 'thread_history_projection_state', {
            thread_id: talk.id,
            next_rollout_byte_offset: bytes,
            next_rollout_ordinal: 1,
          }),
        history,
      );
    const { here, file, left } = await afterwards((damaged, machine_) => {
      project(machine_, 9);
      fs.writeFileSync(damaged, textOf({ ...talk, lines: talk.lines.with(0, 'garbage') }));
    });
    project(here, 99);
    undoNow(here);
    expect(fs.readFileSync(file, 'utf8')).toBe(left);
    const rows = inState(here, (database) => database.prepare('SELECT * FROM thread_history_projection_state').all(), history);
    expect(rows).toEqual([]);
  });

  test('is the parent of a fork, and both are gone: both come back', async () => {
    const here = machine();
    const parent = withTurn(talk, 'third');
    const fork = withTurn(forkOf(parent, 1, 'fork'), 'other second');
    const files = filesOf(fork).map((one) => addSession(here, one));
    const texts = files.map((file) => fs.readFileSync(file, 'utf8'));
    create(here);
    for (const file of files) fs.rmSync(file);
    const { sessions } = await restore(here);
    expect(sessions.map(({ action }) => action)).toEqual(files.map(() => 'create'));
    expect(fs.readFileSync(files.at(-1) as string, 'utf8')).toBe(texts.at(-1));
  });

  test('was compressed by Codex and is damaged: it is there again', async () => {
    const { here, session } = await afterwards((file) => {
      const bytes = zstdCompressSync(textOf(talk));
      fs.writeFileSync(`${file}.zst`, bytes.fill(7, bytes.length >> 1));
      fs.rmSync(file);
    });
    expect([session.reason_code, session.action]).toEqual(['local_damaged', 'create']);
    expect(rolloutsIn(here)).toEqual([textOf(talk)]);
  });
});

test('a description that is a link is not read', async () => {
  const here = machine();
  addSession(here, talk);
  const { backup } = create(here, 'none');
  const description = path.join(backup.path, 'metadata', 'backup.json');
  fs.renameSync(description, path.join(here.root, 'elsewhere'));
  fs.symlinkSync(path.join(here.root, 'elsewhere'), description);
  await expect(restore(here, { from: backup.id })).rejects.toMatchObject({ code: 'backup_damaged' });
});

describe('a damaged backup', () => {
  const damage = (here: Machine, change: (file: string) => void, form: BackupForm = 'none'): string => {
    const { backup } = create(here, form, new Date(NOW.getTime() + 60_000));
    change(form === 'zip' ? backup.path : path.join(backup.path, 'sessions', rolloutName(talk)));
    return backup.path;
  };
  const flip = (file: string): void => {
    const bytes = fs.readFileSync(file);
    bytes[400] = (bytes[400] as number) ^ 1;
    fs.writeFileSync(file, bytes);
  };

  test.each<[string, BackupForm, (file: string) => void]>([
    ['a folder with a missing file', 'none', (file) => fs.rmSync(file)],
    ['a folder with a shorter file', 'none', (file) => fs.truncateSync(file, 100)],
    ['a zip that ends early', 'zip', (file) => fs.truncateSync(file, fs.statSync(file).size - 30)],
    ['an empty zip', 'zip', (file) => fs.truncateSync(file, 0)],
  ])('is never taken for the newest: %s', async (_what, form, change) => {
    const here = machine();
    const file = addSession(here, talk);
    const { backup } = create(here);
    const place = damage(here, change, form);
    fs.rmSync(file);
    const restored = await restore(here);
    expect(restored.backup.id).toBe(backup.id);
    expect(fs.readFileSync(file, 'utf8')).toBe(textOf(talk));
    const error = await restore(here, { from: path.basename(place) }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'backup_damaged', where: place });
  });

  test.each<BackupForm>(['none', 'zip'])('of form %s is refused whose bytes are other ones; nothing is written', async (form) => {
    const here = machine();
    const file = addSession(here, talk);
    damage(here, flip, form);
    fs.rmSync(file);
    const before = snapshot(here.codexHome);
    const error = await restore(here).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: form === 'zip' ? 'archive_unreadable' : 'backup_damaged' });
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('gives back the sessions that are asked for by name and are whole', async () => {
    const here = machine();
    const other = conversation('other', HERE, ['hello']);
    const [file, lost] = [addSession(here, talk), addSession(here, other)];
    damage(here, flip);
    for (const each of [file, lost]) fs.rmSync(each);
    await restore(here, { threadIds: [other.id] });
    expect(rolloutsIn(here)).toEqual([textOf(other)]);
  });
});

test('a backup of another home or machine is not the default, and is restored where it is named', async () => {
  const [here, other] = [machine(), machine()];
  addSession(other, talk);
  const { backup } = createBackup(homeOf(other), { folder: folderOf(here), form: 'zip', why: 'by_hand' }, NOW);
  await expect(restore(here)).rejects.toMatchObject({ code: 'backup_not_found' });
  await expect(restore(here, { from: '2030' })).rejects.toMatchObject({ code: 'backup_not_found' });
  for (const from of [backup.path, backup.id, backup.id.slice(0, 9), path.basename(backup.path)])
    expect((await restore(here, { from, execute: false })).sessions).toMatchObject([{ action: 'create' }]);
});

test('what is new while a session is being saved is in the next backup: only complete lines are taken', async () => {
  const here = machine();
  const file = addSession(here, talk);
  fs.appendFileSync(file, '{"timestamp":"2026-11-0');
  const { backup } = create(here, 'none');
  expect(fs.readFileSync(path.join(backup.path, 'sessions', rolloutName(talk)), 'utf8')).toBe(textOf(talk));
});

test('nobody else can look into a backup, and none is made inside the home', () => {
  const here = machine();
  addSession(here, talk);
  const umask = process.umask(0);
  try {
    for (const form of ['none', 'zip'] as const) {
      const { backup } = create(here, form);
      expect(fs.statSync(backup.path).mode & 0o077).toBe(0);
    }
    expect(fs.statSync(folderOf(here)).mode & 0o077).toBe(0);
  } finally {
    process.umask(umask);
  }
  const inside = { folder: path.join(here.codexHome, 'backups'), form: 'zip', why: 'by_hand' } as const;
  expect(() => createBackup(homeOf(here), inside, NOW)).toThrow('inside a folder of Codex');
});

test('pruning drops by the rules, oldest first, and touches nothing that is not a whole backup of this home', async () => {
  const [here, other] = [machine(), machine()];
  for (const one of [here, other]) addSession(one, talk);
  const at = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);
  const made = [0, 1, 2, 3].map((day) => create(here, day % 2 === 0 ? 'zip' : 'none', at(day)).backup.path);
  const foreign = createBackup(homeOf(other), { folder: folderOf(here), form: 'zip', why: 'by_hand' }, at(0)).backup.path;
  const damaged = create(here, 'zip', at(4)).backup.path;
  fs.truncateSync(damaged, 10);
  fs.writeFileSync(path.join(folderOf(here), 'notes.txt'), 'mine');
  const request = { folder: folderOf(here), keep: 2, olderThan: null, execute: false };
  const planned = await pruneBackups(homeOf(here), request, at(4));
  expect(planned.pruned.map((one) => one.path)).toEqual([made[1], made[0]]);
  expect(planned.warnings).toEqual([expect.stringContaining(damaged)]);
  expect(fs.existsSync(made[0] as string)).toBe(true);
  await pruneBackups(homeOf(here), { ...request, execute: true }, at(4));
  const left = [made[2], made[3], foreign, damaged, 'notes.txt'].map((place) => path.basename(place as string));
  expect(fs.readdirSync(folderOf(here)).sort()).toEqual(left.sort());
  const all = await pruneBackups(homeOf(here), { ...request, keep: 0, execute: true }, at(4));
  expect([all.kept.map((one) => one.path), fs.existsSync(made[3] as string)]).toEqual([[made[3]], true]);
  const none = { ...request, keep: null };
  await expect(pruneBackups(homeOf(here), none, NOW)).rejects.toMatchObject({ code: 'usage' });
});

const hasPython = spawnSync('python3', ['--version']).status === 0;

test.skipIf(!hasPython)('the zip is one that other programs read', () => {
  const here = machine();
  addSession(here, talk);
  const { backup } = create(here);
  const checked = execFileSync('python3', [
    '-c',
    'import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); print(z.testzip(), len(z.namelist()))',
    backup.path,
  ]);
  expect(String(checked)).toMatch(/^None \d+\n$/);
});

test('before the first sync what is there is saved, and nothing where nothing is', () => {
  const here = machine();
  const save = () => backupBeforeFirstSync(homeOf(here), { folder: folderOf(here), form: 'zip' }, NOW);
  expect([toBeSaved(homeOf(here)), save(), fs.existsSync(folderOf(here))]).toEqual([null, null, false]);
  addSession(here, talk);
  expect(toBeSaved(homeOf(here))).toEqual({ sessions: 1, bytes: textOf(talk).length });
  expect(save()?.backup.description).toMatchObject({ sessions: 1, why: 'before_first_sync' });
});
