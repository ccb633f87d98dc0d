// The commands that write the sidecar, failed at every call as sync and rollback are (every_step_fails.test.ts).

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { adopt } from '../../scripts/lib/commands/adopt.ts';
import { type DeriveRequest, deriveSidecar } from '../../scripts/lib/commands/derive_sidecar.ts';
import { pruneMappings } from '../../scripts/lib/commands/prune_mappings.ts';
import { recoverHome } from '../../scripts/lib/commands/recover.ts';
import { conversation } from '../fixtures/conversation.ts';
import {
  addSession,
  changeSidecar,
  homeOf,
  inState,
  type Machine,
  makeMachine,
  NOW,
  removeMachine,
  syncNow,
  writePackage,
} from '../fixtures/machine.ts';
import { differences } from '../fixtures/snapshot.ts';
import { type Failure, withFailure } from './failing_disk.ts';
import { savedCopy, stateOf } from './home_states.ts';
import './homes.ts';

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

const [kept, gone, found] = ['kept', 'gone', 'found'].map((seed) => conversation(seed, '/home/far/project', ['first'])) as [
  ReturnType<typeof conversation>,
  ReturnType<typeof conversation>,
  ReturnType<typeof conversation>,
];

/** One session that was synced, one that was deleted since, one of this machine with a row that has to be mended. */
function home(): Machine {
  const machine = makeMachine();
  made.push(machine);
  syncNow(machine, writePackage(machine, [{ conversation: kept }, { conversation: gone }]));
  inState(machine, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(gone.id));
  fs.rmSync(path.join(machine.codexHome, 'sessions', '2026', '11', '03', rolloutNameOf(machine, gone.id)));
  addSession(machine, found, { preview: '' });
  return machine;
}

const rolloutNameOf = ({ codexHome }: Machine, id: string): string =>
  fs.readdirSync(path.join(codexHome, 'sessions', '2026', '11', '03')).find((name) => name.includes(id)) as string;

const sidecarOf = ({ codexHome }: Machine): string => path.join(codexHome, 'sync-sidecar', 'sidecar.sqlite');
const later = new Date(NOW.getTime() + 1000);
const derive = (how: DeriveRequest['how']) => (machine: Machine) =>
  deriveSidecar(homeOf(machine), { how, execute: true }, {}, later);

const COMMANDS: [
  what: string,
  damage: (machine: Machine) => void,
  work: (machine: Machine) => { transactionId: string | null },
][] = [
  [
    'adopt --repair',
    () => {},
    (machine) => adopt(homeOf(machine), { threadIds: [], all: true, repair: true, execute: true }, {}, later),
  ],
  ['rebuild-sidecar without one', (machine) => fs.rmSync(sidecarOf(machine)), derive('rebuild')],
  ['rebuild-sidecar of a damaged one', (machine) => changeSidecar(machine, 'DROP TABLE heads'), derive('rebuild')],
  [
    'replay-transactions-sidecar',
    (machine) => changeSidecar(machine, 'DELETE FROM sync_points; DELETE FROM heads'),
    derive('replay'),
  ],
  ['prune-invalid-mappings', () => {}, (machine) => pruneMappings(homeOf(machine), { execute: true }, {}, later)],
];
const WAYS: Failure[] = ['half', 'dies', 'dies_after'];

test.each(COMMANDS)('%s leaves the home as before or as after, at every call', (_what, damage, work) => {
  const machine = home();
  damage(machine);
  const saved = savedCopy(machine);
  made.push({ ...machine, root: saved.root });
  const before = stateOf(machine);
  const whole = withFailure(Number.POSITIVE_INFINITY, 'dies', () => expect(work(machine).transactionId).not.toBeNull());
  expect(whole.thrown).toBeNull();
  const after = stateOf(machine);
  expect(differences(before, after)).not.toEqual([]);
  for (const failure of WAYS)
    for (let at = 1; at <= whole.calls; at++) {
      saved.again();
      withFailure(at, failure, () => void work(machine));
      recoverHome(homeOf(machine), true);
      const now = stateOf(machine);
      if (differences(now, before).length > 0)
        expect(differences(now, after), `${failure} at call ${at} of ${whole.calls}`).toEqual([]);
    }
});
