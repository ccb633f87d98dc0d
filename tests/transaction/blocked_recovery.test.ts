import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { JournalFolder } from '../../scripts/lib/adapters/journal/journal_folder.ts';
import { findHot } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { SyncError } from '../../scripts/lib/domain/codes/errors.ts';
import { conversation } from '../fixtures/conversation.ts';
import { copyFolder } from '../fixtures/copied_folder.ts';
import { homeOf, inSidecar, removeMachine, rolloutOf, threadRow } from '../fixtures/machine.ts';
import { type Snapshot, snapshot, withoutJournal } from '../fixtures/snapshot.ts';
import { callsToFail, withFailure } from './failing_disk.ts';
import { livedInHome, type Prepared, syncHere, untouchedHome } from './homes.ts';

const talk = (seed: string) => conversation(seed, '/home/far/project', ['first']);
const [known, fresh] = [talk('known'), talk('fresh')];

let prepared: Prepared;
let before: Snapshot;
const fileOf = (session: typeof known): string => rolloutOf(prepared.machine, session);
const stateOf = (): Snapshot => withoutJournal(snapshot(prepared.machine.userHome));
const recoverNow = () => recoverHome(homeOf(prepared.machine), true);
const blockedBy = (): string => {
  try {
    recoverNow();
  } catch (error) {
    if (error instanceof SyncError && error.code === 'recovery_blocked') return String(error.where);
    throw error;
  }
  return 'nothing';
};

/** A sync that died with all files and rows written, just before its commit. */
function dieBeforeCommit(home: Prepared): void {
  prepared = home;
  before = stateOf();
  const { machine } = prepared;
  copyFolder(machine.root, `${machine.root}.saved`);
  const { names } = withFailure(Number.POSITIVE_INFINITY, 'dies', () => syncHere(prepared));
  fs.rmSync(machine.root, { recursive: true });
  fs.renameSync(`${machine.root}.saved`, machine.root);
  withFailure(names.lastIndexOf('renameSync') + 1, 'dies', () => syncHere(prepared));
  expect(findHot(machine.codexHome)).toHaveLength(1);
}

beforeEach(() => dieBeforeCommit(livedInHome()));
afterEach(() => removeMachine(prepared.machine));

test('what somebody went on with stays whole, everything else is undone, and every such file is named', () => {
  const { machine } = prepared;
  fs.appendFileSync(fileOf(known), '{"mine":1}\n');
  fs.appendFileSync(fileOf(fresh), '{"mine":2}\n');
  const rows = [known, fresh].map(({ id }) => threadRow(machine, id));
  const where = blockedBy();
  expect(where).toContain(fileOf(known));
  expect(where).toContain(fileOf(fresh));
  expect(fs.readFileSync(fileOf(known), 'utf8')).toMatch(/second there.*"mine":1/s);
  expect([known, fresh].map(({ id }) => threadRow(machine, id))).toEqual(rows);
  expect(threadRow(machine, talk('root').id)).toBeUndefined();
  expect(fs.existsSync(fileOf(talk('root')))).toBe(false);
  const [hot] = findHot(machine.codexHome);
  const left = new JournalFolder(machine.codexHome, String(hot)).readOperations().map(({ thread_id }) => thread_id);
  expect(new Set(left)).toEqual(new Set([known.id, fresh.id, null]));
});

test('where what was staged is lost, what was written whole is undone by its digest', () => {
  const { machine } = prepared;
  fs.rmSync(new JournalFolder(machine.codexHome, String(findHot(machine.codexHome)[0])).file('staged'), { recursive: true });
  expect(fs.readFileSync(fileOf(known), 'utf8')).toContain('second there');
  expect(recoverNow()).toMatchObject([{ outcome: 'undone' }]);
  expect(fs.readFileSync(fileOf(known), 'utf8')).not.toContain('second there');
});

test('where what was staged is lost, a session that was written in part is named and stays', () => {
  const { machine } = prepared;
  fs.rmSync(new JournalFolder(machine.codexHome, String(findHot(machine.codexHome)[0])).file('staged'), { recursive: true });
  fs.truncateSync(fileOf(known), fs.statSync(fileOf(known)).size - 5);
  expect(blockedBy()).toContain(fileOf(known));
});

test('the image of a session that somebody went on with stays with it', () => {
  const images = (): string[] => Object.keys(snapshot(prepared.machine.codexHome)).filter((name) => name.endsWith('ig_1.png'));
  fs.appendFileSync(fileOf(fresh), '{"mine":1}\n');
  expect(blockedBy()).toContain(fileOf(fresh));
  expect(images()).toEqual([expect.stringContaining('generated_images')]);
});

test('a skill that somebody has changed stays, the sessions are undone, and once it is moved aside the rest is', () => {
  const { machine } = prepared;
  const skill = path.join(machine.codexHome, 'skills', 'plot');
  fs.appendFileSync(path.join(skill, 'SKILL.md'), 'mine');
  expect(blockedBy()).toBe(`${path.join(skill, 'SKILL.md')} (it has new content)`);
  expect(fs.readdirSync(skill).sort()).toEqual(['SKILL.md', 'scripts']);
  expect([threadRow(machine, fresh.id), fs.existsSync(fileOf(talk('root')))]).toEqual([undefined, false]);
  fs.renameSync(path.join(skill, 'SKILL.md'), path.join(machine.root, 'aside'));
  expect(recoverNow()).toMatchObject([{ outcome: 'undone' }]);
  expect(stateOf()).toEqual(before);
});

test('the sidecar that the run made stays with a session that somebody went on with, and goes with it', () => {
  removeMachine(prepared.machine);
  dieBeforeCommit(untouchedHome());
  const { machine } = prepared;
  fs.appendFileSync(fileOf(fresh), '{"mine":1}\n');
  expect(blockedBy()).toContain(fileOf(fresh));
  const heads = inSidecar(machine, (database) => database.prepare('SELECT thread_id FROM heads').all());
  expect(heads).toEqual([{ thread_id: fresh.id }]);
  fs.renameSync(fileOf(fresh), path.join(machine.root, 'aside'));
  expect(recoverNow()).toMatchObject([{ outcome: 'undone' }]);
  expect(stateOf()).toEqual(before);
});

test('asking again changes nothing, and no sync begins', () => {
  fs.appendFileSync(fileOf(known), '{"mine":1}\n');
  const first = blockedBy();
  const state = snapshot(prepared.machine.root);
  expect(blockedBy()).toBe(first);
  expect(() => syncHere(prepared)).toThrow(/undone except for 1 session/);
  const now = snapshot(prepared.machine.root);
  for (const name of Object.keys(now).filter((name) => name.endsWith('operations.jsonl'))) {
    now[name] = now[name]?.replace(/^\d+/, '') ?? '';
    state[name] = state[name]?.replace(/^\d+/, '') ?? '';
  }
  expect(now).toEqual(state);
});

test.each<[string, (file: string) => void]>([
  ['the lines are gone again', (file) => fs.truncateSync(file, fs.statSync(file).size - '{"mine":1}\n'.length)],
  ['the file is moved aside', (file) => fs.renameSync(file, path.join(prepared.machine.root, 'aside'))],
])('when %s it is finished', (_what, resolve) => {
  fs.appendFileSync(fileOf(fresh), '{"mine":1}\n');
  expect(blockedBy()).toContain(fileOf(fresh));
  resolve(fileOf(fresh));
  expect(recoverNow()).toMatchObject([{ outcome: 'undone' }]);
  expect(stateOf()).toEqual(before);
  expect(recoverNow()).toEqual([]);
});

test('a disk that fails is no session that somebody went on with', () => {
  const { machine } = prepared;
  copyFolder(machine.root, `${machine.root}.hot`);
  const steps = withFailure(Number.POSITIVE_INFINITY, 'refused', () => void recoverNow());
  for (const at of callsToFail(steps, 'refused')) {
    fs.rmSync(machine.root, { recursive: true });
    copyFolder(`${machine.root}.hot`, machine.root);
    const { thrown } = withFailure(at, 'refused', () => void recoverNow());
    expect((thrown as { code?: string } | null)?.code, `call ${at} of ${steps.calls}`).not.toBe('recovery_blocked');
  }
  fs.rmSync(`${machine.root}.hot`, { recursive: true });
});

test('recovery that dies beside a blocked file, at every call, is finished by the next one', () => {
  const { machine } = prepared;
  const mine = Buffer.from('{"mine":1}\n');
  fs.appendFileSync(fileOf(fresh), mine);
  copyFolder(machine.root, `${machine.root}.hot`);
  const steps = withFailure(Number.POSITIVE_INFINITY, 'dies', () => void blockedBy());
  for (const at of callsToFail(steps, 'dies')) {
    fs.rmSync(machine.root, { recursive: true });
    copyFolder(`${machine.root}.hot`, machine.root);
    withFailure(at, 'dies', () => void recoverNow());
    expect(blockedBy()).toContain(fileOf(fresh));
    fs.truncateSync(fileOf(fresh), fs.statSync(fileOf(fresh)).size - mine.length);
    recoverNow();
    expect(stateOf(), `recovery died at call ${at} of ${steps.calls}`).toEqual(before);
  }
  fs.rmSync(`${machine.root}.hot`, { recursive: true });
});
