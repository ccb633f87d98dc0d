// The commands that write the sidecar, and a home where each has something to write.

import fs from 'node:fs';
import path from 'node:path';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { type DeriveRequest, deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { pruneMappings } from '../../scripts/lib/commands/sidecar/prune_mappings.ts';
import { conversation } from '../fixtures/conversation.ts';
import {
  addSession,
  changeSidecar,
  homeOf,
  inState,
  type Machine,
  makeMachine,
  NOW,
  rolloutOf,
  syncNow,
  writePackage,
} from '../fixtures/machine.ts';
import './homes.ts';

const talk = (seed: string) => conversation(seed, '/home/far/project', ['first']);

/** One session that was synced, one that was deleted since, one of this machine with a row that has to be mended. */
export function homeOfSidecarCommands(): Machine {
  const machine = makeMachine();
  const gone = talk('gone');
  syncNow(machine, writePackage(machine, [{ conversation: talk('kept') }, { conversation: gone }]));
  inState(machine, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(gone.id));
  fs.rmSync(rolloutOf(machine, gone));
  addSession(machine, talk('found'), { preview: '' });
  return machine;
}

const sidecarOf = ({ codexHome }: Machine): string => path.join(codexHome, 'sync-sidecar', 'sidecar.sqlite');
const later = new Date(NOW.getTime() + 1000);
const derive = (how: DeriveRequest['how']) => (machine: Machine) => deriveSidecar(homeOf(machine), { how, execute: true }, later);

/** `words`: the same as `work`, for the program. */
type SidecarCommand = {
  what: string;
  damage(machine: Machine): void;
  work(machine: Machine): { transactionId: string | null };
  words: string[];
};

export const SIDECAR_COMMANDS: SidecarCommand[] = [
  {
    what: 'adopt --repair',
    damage() {},
    work: (machine) => adopt(homeOf(machine), { threadIds: [], all: true, repair: true, execute: true }, later),
    words: ['adopt', '--repair', '--all'],
  },
  {
    what: 'rebuild-sidecar without one',
    damage: (machine) => fs.rmSync(sidecarOf(machine)),
    work: derive('rebuild'),
    words: ['rebuild-sidecar'],
  },
  {
    what: 'rebuild-sidecar of a damaged one',
    damage: (machine) => changeSidecar(machine, 'DROP TABLE heads'),
    work: derive('rebuild'),
    words: ['rebuild-sidecar'],
  },
  {
    what: 'replay-transactions-sidecar',
    damage: (machine) => changeSidecar(machine, 'DELETE FROM sync_points; DELETE FROM heads'),
    work: derive('replay'),
    words: ['replay-transactions-sidecar'],
  },
  {
    what: 'prune-invalid-mappings',
    damage() {},
    work: (machine) => pruneMappings(homeOf(machine), { execute: true }, later),
    words: ['prune-invalid-mappings'],
  },
];
