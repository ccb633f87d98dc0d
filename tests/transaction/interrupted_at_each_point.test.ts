// A signal at each safe point of each command that writes: the home is as it was, and nothing of ours is left in it.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { hear } from '../../scripts/lib/adapters/run/interruption.ts';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { createBackup } from '../../scripts/lib/commands/backup/create_backup.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { Interrupted } from '../../scripts/lib/domain/codes/errors.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, NOW, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const make = machinesOfEachTest();
afterEach(() => hear(() => false));

const talk = conversation('one', '/home/far/project', ['first']);
const parted = conversation('parted', '/home/far/project', ['first']);
const fresh = conversation('fresh', '/home/far/project', ['first']);

/** `EVERY_POINT=1` looks at all of them; a step that has no factor in common with what repeats looks at a bit of everything. */
const STEP = process.env.EVERY_POINT ? 1 : 7;

const commands: [string, (here: Machine) => () => unknown][] = [
  [
    'sync of a new session, an append and a branch',
    (here) => {
      addSession(here, talk);
      addSession(here, withTurn(parted, 'here'));
      const folder = writePackage(
        here,
        [withTurn(talk, 'there'), withTurn(parted, 'there'), fresh].map((one) => ({ conversation: one })),
      );
      return () => syncNow(here, folder);
    },
  ],
  [
    'rollback',
    (here) => {
      addSession(here, talk);
      syncNow(here, writePackage(here, [{ conversation: withTurn(talk, 'there') }, { conversation: fresh }]));
      return () => undoNow(here, null);
    },
  ],
  [
    'adopt',
    (here) => {
      addSession(here, talk);
      return () => adopt(homeOf(here), { threadIds: [], all: true, repair: false, execute: true }, NOW);
    },
  ],
  [
    'rebuild-sidecar',
    (here) => {
      syncNow(here, writePackage(here, [{ conversation: talk }]));
      fs.rmSync(path.join(here.codexHome, 'sync-sidecar'), { recursive: true });
      return () => deriveSidecar(homeOf(here), { how: 'rebuild', execute: true }, NOW);
    },
  ],
  [
    'packup',
    (here) => {
      addSession(here, talk);
      return () => packup(homeOf(here), { cwdFilter: null, threadIds: [], all: true }, path.join(here.root, 'packed'), NOW);
    },
  ],
  ...(['zip', 'none'] as const).map((form): (typeof commands)[number] => [
    `backup create, ${form}`,
    (here) => {
      addSession(here, talk);
      const folder = path.join(here.root, 'backups', 'of this home');
      return () => createBackup(homeOf(here), { folder, form, why: 'by_hand' }, NOW);
    },
  ]),
];

test.each(commands)('%s', (_name, prepare) => {
  const here = make();
  const run = prepare(here);
  const before = snapshot(here.root);
  let points = 0;
  for (let at = 1; at < 10_000; at += at < 4 ? 1 : STEP) {
    let asked = 0;
    hear(() => ++asked >= at);
    let error: unknown = null;
    try {
      run();
    } catch (thrown) {
      error = thrown;
    }
    hear(() => false);
    if (error === null) break;
    expect([at, error]).toEqual([at, expect.any(Interrupted)]);
    expect(snapshot(here.root), `at ${at}`).toEqual(before);
    points++;
  }
  expect(points).toBeGreaterThan(3);
});
