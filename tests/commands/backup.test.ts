// Backups of a machine and what a restore does with each session, by what has become of it since.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { backupBeforeFirstSync, toBeSaved } from '../../scripts/lib/commands/backup/before_first_sync.ts';
import { createBackup } from '../../scripts/lib/commands/backup/create_backup.ts';
import { restoreBackup } from '../../scripts/lib/commands/backup/restore_backup.ts';
import type { BackupForm } from '../../scripts/lib/domain/backup/backup.ts';
import type { SyncOptions } from '../../scripts/lib/planning/context/sync_context.ts';
import { conversation, textOf } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, NOW, optionsFor, rolloutOf, threadRow, undoNow } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
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
    const talk = conversation('talk', here.userHome, ['hello', 'again']);
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

test('the zip is one that other programs read', () => {
  const here = machine();
  const talk = conversation('talk', here.userHome, ['hello', 'again']);
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
  const talk = conversation('talk', here.userHome, ['hello']);
  addSession(here, talk);
  expect(toBeSaved(homeOf(here))).toEqual({ sessions: 1, bytes: textOf(talk).length });
  expect(save()?.backup.description).toMatchObject({ sessions: 1, why: 'before_first_sync' });
});
