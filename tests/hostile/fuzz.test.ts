// Chance damages a package that has everything; whatever comes of it, the promises hold. CODEX_SYNC_FUZZ_SECONDS makes it run longer.

import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { SyncError } from '../../scripts/lib/domain/codes/errors.ts';
import { conversation } from '../fixtures/conversation.ts';
import { copyFolder } from '../fixtures/copied_folder.ts';
import { type Mutation, mutate, PACKED, wholePackage } from '../fixtures/hostile_package.ts';
import { addSession, type Machine, makeMachine, planNow, removeMachine, syncNow, undoNow } from '../fixtures/machine.ts';
import { addSkill } from '../fixtures/skills.ts';
import { differences, type Snapshot, snapshot, withoutJournal } from '../fixtures/snapshot.ts';

const SECONDS = Number(process.env.CODEX_SYNC_FUZZ_SECONDS ?? 12);
/** The same damages each time, so that a run is not a matter of luck; another number looks elsewhere. */
const SEED = Number(process.env.CODEX_SYNC_FUZZ_SEED ?? 1);

/** The home has an older copy of one of the packed threads, and one that the package knows nothing of. */
function prepared(): Machine {
  const machine = makeMachine();
  addSession(machine, conversation('hostile other', '/home/far/project', []));
  addSession(machine, conversation('mine', machine.userHome, ['mine']));
  return machine;
}

const here = prepared();
const pristine = wholePackage(here);
addSkill(pristine);
const SKILL = { includeSkills: ['plot'] };
warmUp();
const before = state();
afterAll(() => removeMachine(here));

/** What is there; our own journal is not, whose ids and times differ from run to run. */
function state(): Snapshot {
  return withoutJournal(snapshot(here.root));
}

/** The first sync makes the sidecar, which stays. */
function warmUp(): void {
  syncNow(here, pristine);
  undo(null);
}

const number = (max: number): fc.Arbitrary<number> => fc.nat({ max });
const mutation: fc.Arbitrary<Mutation> = fc.record({
  file: number(1000),
  damage: number(1000),
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  value: number(10_000),
});

/** What a user may be told; anything else is a bug. */
function orToldSo<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof SyncError) return null;
    throw error;
  }
}

const inHome = (name: string): boolean => name.startsWith('user/');
const outside = (changed: string[]): string[] => changed.filter((name) => !inHome(name));

/** The latest one where none is named. */
function undo(transactionId: string | null): void {
  const { threads, skills } = undoNow(here, transactionId);
  expect([...threads, ...skills].filter(({ outcome }) => outcome !== 'rolled_back')).toEqual([]);
  fs.rmSync(path.join(here.codexHome, 'sync-journal'), { recursive: true });
}

function holds(mutations: Mutation[]): void {
  const folder = path.join(here.root, 'damaged');
  copyFolder(pristine, folder);
  for (const each of mutations) mutate(folder, each);
  const damaged = state();
  const planned = orToldSo(() => planNow(here, folder, SKILL));
  expect(differences(damaged, state())).toEqual([]);
  const done = planned && orToldSo(() => syncNow(here, folder, SKILL));
  const after = state();
  expect(outside(differences(damaged, after))).toEqual([]);
  if (!done?.transactionId) expect(differences(damaged, after)).toEqual([]);
  else {
    expect(done.plan.digest).toBe(planned?.plan.digest);
    undo(done.transactionId);
  }
  fs.rmSync(folder, { recursive: true });
  expect(differences(before, state())).toEqual([]);
}

test('no damage of a package crashes, writes outside the home, writes in a dry run, or leaves something behind a rollback', () => {
  expect(Object.values(PACKED)).toHaveLength(3);
  holds([]);
  const damages = fc.array(mutation, { minLength: 1, maxLength: 3 });
  fc.assert(fc.property(damages, holds), {
    seed: SEED,
    numRuns: 1_000_000,
    interruptAfterTimeLimit: SECONDS * 1000,
    markInterruptAsFailure: false,
    endOnFailure: true,
  });
});
