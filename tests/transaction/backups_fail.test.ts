// Backups are made, dropped and restored with every call failing, and killed: there is a whole one or none, and the home is as before or as after.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listBackups } from '../../scripts/lib/adapters/backups/backup_folder.ts';
import { createBackup } from '../../scripts/lib/commands/backup/create_backup.ts';
import { pruneBackups } from '../../scripts/lib/commands/backup/prune_backups.ts';
import { restoreBackup } from '../../scripts/lib/commands/backup/restore_backup.ts';
import { sync } from '../../scripts/lib/commands/sync/sync.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import type { BackupForm } from '../../scripts/lib/domain/backup/backup.ts';
import { withImage } from '../fixtures/agents.ts';
import { conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  type Machine,
  makeMachine,
  NOW,
  optionsFor,
  removeMachine,
  rolloutOf,
} from '../fixtures/machine.ts';
import { differences, snapshot } from '../fixtures/snapshot.ts';
import { callsToFail, type Failure, withFailure } from './failing_disk.ts';
import { savedCopy, stateOf } from './home_states.ts';
import './homes.ts';
import { momentsOf, runAndKill } from './killed_runs.ts';

const talk = (seed: string) => conversation(seed, '/home/far/project', ['first', 'second']);
const [gone, cut, damaged, grown] = ['gone', 'cut', 'damaged', 'grown'].map(talk) as [
  ReturnType<typeof talk>,
  ReturnType<typeof talk>,
  ReturnType<typeof talk>,
  ReturnType<typeof talk>,
];

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));
let here: Machine;
let folder: string;
beforeEach(() => {
  here = makeMachine();
  made.push(here);
  folder = path.join(here.root, 'backups');
  const image = path.join(here.codexHome, 'generated_images', gone.id, 'ig_1.png');
  addSession(here, withImage(gone, 'ig_1', image));
  fs.mkdirSync(path.dirname(image), { recursive: true });
  fs.writeFileSync(image, 'PNG');
  for (const one of [cut, damaged, grown]) addSession(here, one);
});
const keep = () => {
  const saved = savedCopy(here);
  made.push({ ...here, root: saved.root });
  return saved;
};

const create = (form: BackupForm, minutes = 0) =>
  createBackup(homeOf(here), { folder, form, why: 'by_hand' }, new Date(NOW.getTime() + minutes * 60_000));

/** Names that a user sees; of each that it is whole. */
async function wholeOnes(when: string): Promise<string[]> {
  const backups = await listBackups(folder);
  expect(
    backups.filter(({ problem }) => problem !== null),
    when,
  ).toEqual([]);
  return backups.map(({ path: place }) => path.basename(place));
}

describe.each<BackupForm>(['none', 'zip'])('a backup of form %s', (form) => {
  test.each<Failure>(['refused', 'half', 'dies', 'dies_after'])('is whole or not there when a call is %s', async (failure) => {
    const run = () => void create(form);
    const saved = keep();
    const whole = withFailure(Number.POSITIVE_INFINITY, failure, run);
    expect(whole.thrown).toBeNull();
    const home = snapshot(here.userHome);
    const counts = new Set<number>();
    for (const at of callsToFail(whole, failure)) {
      saved.again();
      const when = `${failure} at call ${at} of ${whole.calls}`;
      const { thrown } = withFailure(at, failure, run);
      const there = fs.existsSync(folder) ? await wholeOnes(when) : [];
      counts.add(there.length);
      expect(differences(snapshot(here.userHome), home), when).toEqual([]);
      if (failure === 'refused' && thrown && there.length === 0) expect(fs.existsSync(folder), when).toBe(false);
    }
    expect(counts.has(0)).toBe(true);
  });

  test('is whole or not there when the run is killed; the next run removes what was left', async () => {
    const words = ['backup', 'create', '--compression', form, '--backup-dir', folder, '--codex-home', here.codexHome];
    const saved = keep();
    let left = 0;
    for (const moment of await momentsOf(words, here, { inTime: 0, atCalls: 9 })) {
      saved.again();
      await runAndKill(words, here, moment);
      const names = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
      const whole = fs.existsSync(folder) ? await wholeOnes(JSON.stringify(moment)) : [];
      if (names.length > whole.length) left++;
      create(form, 1);
      expect(fs.readdirSync(folder)).toHaveLength(whole.length + 1);
    }
    expect(left).toBeGreaterThan(3);
  });
});

describe('pruning', () => {
  const names = (['zip', 'none', 'zip', 'none'] as const).map((form, at) => ({ form, at }));
  const prune = () => pruneBackups(homeOf(here), { folder, keep: 1, olderThan: null, execute: true }, NOW);

  test('a prune that is killed at any call leaves whole backups, the newest ones', async () => {
    const all = names.map(({ form, at }) => path.basename(create(form, at).backup.path)).reverse();
    const words = ['backup', 'prune', '--keep', '1', '--execute', '--backup-dir', folder, '--codex-home', here.codexHome];
    const saved = keep();
    const counts = new Set<number>();
    for (const moment of await momentsOf(words, here, { inTime: 0, atCalls: 12 })) {
      saved.again();
      await runAndKill(words, here, moment);
      const left = await wholeOnes(JSON.stringify(moment));
      expect(left, JSON.stringify(moment)).toEqual(all.slice(0, left.length));
      expect(left.length).toBeGreaterThan(0);
      counts.add(left.length);
      await prune();
      expect(fs.readdirSync(folder), JSON.stringify(moment)).toEqual(all.slice(0, 1));
    }
    expect(counts.size).toBeGreaterThan(2);
  });
});

describe('a restore', () => {
  const spoil = (): void => {
    fs.rmSync(rolloutOf(here, gone));
    inState(here, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(gone.id));
    fs.writeFileSync(rolloutOf(here, cut), textOf(cut).slice(0, 3000));
    fs.writeFileSync(rolloutOf(here, damaged), textOf({ ...damaged, lines: damaged.lines.with(0, 'garbage') }));
    fs.writeFileSync(rolloutOf(here, grown), textOf(withTurn(grown, 'newer')));
    // A copy of the home has no finer times.
    for (const one of [cut, damaged, grown]) fs.utimesSync(rolloutOf(here, one), 1_793_900_000, 1_793_900_000);
  };
  const restoreNow = (place: string): void => {
    const options = optionsFor(here, place, { resurrect: true, replaceDamaged: true });
    sync(homeOf(here), { ...options, execute: true, expectPlan: null, command: 'restore' }, NOW);
  };

  test.each<Failure>(['refused', 'half', 'dies', 'dies_after'])(
    'leaves the home as before or as after when a call is %s',
    (failure) => {
      const place = create('none').backup.path;
      spoil();
      const saved = keep();
      const before = stateOf(here);
      const run = () => restoreNow(place);
      const whole = withFailure(Number.POSITIVE_INFINITY, failure, run);
      expect(whole.thrown).toBeNull();
      const after = stateOf(here);
      for (const conversation of [cut, damaged])
        expect(fs.readFileSync(rolloutOf(here, conversation), 'utf8')).toContain(conversation.lines.at(-1));
      let asBefore = 0;
      for (const at of callsToFail(whole, failure)) {
        saved.again();
        withFailure(at, failure, run);
        recoverHome(homeOf(here), true);
        const now = stateOf(here);
        if (differences(now, before).length === 0) asBefore++;
        else expect(differences(now, after), `${failure} at call ${at} of ${whole.calls}`).toEqual([]);
      }
      expect(asBefore).toBeGreaterThan(5);
    },
  );

  test('that is killed is undone or done, and can be repeated', async () => {
    const { path: place } = create('zip').backup;
    spoil();
    const words = ['restore', '--execute', '--from', place, '--backup-dir', folder, '--codex-home', here.codexHome];
    const saved = keep();
    const before = stateOf(here);
    const moments = await momentsOf(words, here, { inTime: 2, atCalls: 6 });
    const after = stateOf(here);
    for (const moment of moments) {
      saved.again();
      await runAndKill(words, here, moment);
      recoverHome(homeOf(here), true);
      const now = stateOf(here);
      if (differences(now, before).length > 0) expect(differences(now, after), JSON.stringify(moment)).toEqual([]);
      const { package: _, ...flags } = optionsFor(here, '', { resurrect: true });
      await restoreBackup(homeOf(here), { ...flags, folder, from: null, execute: true, expectPlan: null }, NOW);
      expect(differences(stateOf(here), after), JSON.stringify(moment)).toEqual([]);
    }
  });
});
