// A Codex home that is named through a link. Codex writes rows with the path behind it (CODEX_HOME) or with the link (~/.codex), and spells
// a row anew when it opens the session.

import fs from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { readLocalHome } from '../../scripts/lib/adapters/local_sessions/local_home.ts';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { checkOnDisk } from '../../scripts/lib/commands/health/check_on_disk.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  type Machine,
  planNow,
  rolloutOf,
  syncNow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();
const talk = conversation('talk', '/home/far/project', ['first']);
const LATER = new Date('2026-11-21T12:00:01.000Z');

let real: Machine;
let linked: Machine;

beforeEach(() => {
  real = machine();
  linked = { ...real, codexHome: path.join(real.root, 'link') };
  fs.symlinkSync(real.codexHome, linked.codexHome);
});

const packed = (conversation = talk): string => writePackage(real, [{ conversation }]);

/** As Codex does when it opens the session by the other name of the home. */
const respell = (to: Machine): void =>
  inState(real, (database) => void database.prepare('UPDATE threads SET rollout_path = ?').run(rolloutOf(to, talk)));

test.each([
  ['a link', 'the path behind it', (): [Machine, Machine] => [linked, real]],
  ['the path behind a link', 'the link', (): [Machine, Machine] => [real, linked]],
] as const)('a row that was written by %s and spelled by %s since is right', (_one, _other, order) => {
  const [ours, codex] = order();
  const { transactionId } = syncNow(ours, packed());
  respell(codex);
  const home = homeOf(ours);
  expect(planNow(ours, packed()).plan).toMatchObject({ changes: [], sessions: [{ warnings: [] }] });
  expect(adopt(home, { threadIds: [], all: true, repair: false, execute: false }, LATER).findings).toEqual([]);
  expect(checkOnDisk(home, readLocalHome(home), [talk.id])).toEqual([]);
  expect([ours, codex].map((name) => examineSidecar(homeOf(name)).findings)).toEqual([[], []]);

  const longer = syncNow(ours, packed(withTurn(talk, 'second')), {}, LATER);
  expect(examineSidecar(home).findings).toEqual([]);
  expect(fs.readFileSync(rolloutOf(real, talk), 'utf8')).toBe(textOf(withTurn(talk, 'second')));
  for (const id of [longer.transactionId, transactionId])
    expect(undoNow(ours, id).threads).toMatchObject([{ outcome: 'rolled_back' }]);
  expect(fs.existsSync(rolloutOf(real, talk))).toBe(false);
});

test('of two files of a thread the one that its row names is its own, however the row spells it', () => {
  const own = addSession(real, talk, { rollout_path: rolloutOf(linked, talk) });
  const newer = own.replaceAll('2026-11-03', '2026-11-04');
  fs.copyFileSync(own, newer);
  expect(readLocalHome(homeOf(real)).sessions.get(talk.id)).toMatchObject({ file: own, others: [newer] });
});

test('a sessions folder that is a link to another disk is refused in plain words, and the home is as before', () => {
  const before = snapshot(real.codexHome);
  const folder = packed();
  const rename = fs.renameSync;
  vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
    if (String(to).includes('/sessions/')) throw Object.assign(new Error('cross-device link not permitted'), { code: 'EXDEV' });
    rename(from, to);
  });
  expect(() => syncNow(real, folder)).toThrow(expect.objectContaining({ code: 'configuration', where: rolloutOf(real, talk) }));
  vi.restoreAllMocks();
  expect(snapshot(real.codexHome)).toEqual(before);
});
