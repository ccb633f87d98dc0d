import fs from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { recoverHome } from '../../scripts/lib/commands/recover.ts';
import { rollback } from '../../scripts/lib/commands/rollback.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
  inState,
  insert,
  type Machine,
  makeMachine,
  removeMachine,
  syncNow,
  writePackage,
} from '../fixtures/machine.ts';
import { differences, type Snapshot, snapshot } from '../fixtures/snapshot.ts';
import { type Failure, withFailure } from './failing_disk.ts';

const fresh = conversation('fresh', '/home/far/project', ['hello']);
const known = conversation('known', '/home/far/project', ['first']);
const parted = conversation('parted', '/home/far/project', ['first']);

const made: Machine[] = [];
afterAll(() => made.forEach(removeMachine));

/** A home in which every kind of operation is needed: create, append, branch, rows, index, projection, folders, sidecar. */
function original(): { machine: Machine; folder: string } {
  const machine = makeMachine();
  made.push(machine);
  addSession(machine, known);
  addSession(machine, withTurn(parted, 'second here'));
  inState(
    machine,
    (database) =>
      insert(database, 'thread_history_projection_state', {
        thread_id: fresh.id,
        next_rollout_byte_offset: 9,
        next_rollout_ordinal: 9,
      }),
    'thread_history_1.sqlite',
  );
  const folder = writePackage(machine, [
    { conversation: fresh, name: 'named' },
    { conversation: withTurn(known, 'second there') },
    { conversation: withTurn(parted, 'second there') },
  ]);
  return { machine, folder };
}

const recoverAll = (machine: Machine) => recoverHome(homeOf(machine), true);
const sync = (folder: string) => (machine: Machine) =>
  void syncNow(machine, folder, { mapPaths: [{ from: '/home/far', to: path.join(machine.userHome, 'near') }] });
const undoLatest = (machine: Machine) =>
  void rollback(homeOf(machine), { transactionId: null, latest: true, threadIds: [], execute: true }, {}, new Date());

/** Everything but the journals of transactions that are over, whose ids and times are never the same twice. */
function stateOf(machine: Machine): Snapshot {
  const root = path.join(machine.codexHome, 'sync-journal');
  for (const name of fs.existsSync(root) ? fs.readdirSync(root) : []) {
    const manifest = path.join(root, name, 'manifest.json');
    const status = fs.existsSync(manifest)
      ? (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { status: string }).status
      : 'no manifest';
    expect(['completed', 'rolled_back']).toContain(status);
  }
  const found = snapshot(machine.userHome);
  return Object.fromEntries(Object.entries(found).filter(([name]) => !name.includes('sync-journal')));
}

/** A copy at the same path, since rows hold absolute paths: the machine is put aside and put back. */
function fromSame(machine: Machine): { again(): void } {
  const saved = `${machine.root}.saved`;
  fs.cpSync(machine.root, saved, { recursive: true, preserveTimestamps: true });
  return {
    again() {
      fs.rmSync(machine.root, { recursive: true });
      fs.cpSync(saved, machine.root, { recursive: true, preserveTimestamps: true });
    },
  };
}

const WAYS: Failure[] = ['refused', 'half', 'unreported', 'dies', 'dies_after'];

describe.each(WAYS)('when a call is %s', (failure) => {
  test.each(['sync', 'rollback'] as const)('%s leaves the home as before or as after, at every call', (command) => {
    const { machine, folder } = original();
    if (command === 'rollback') sync(folder)(machine);
    const work = command === 'sync' ? sync(folder) : undoLatest;
    const saved = fromSame(machine);
    const before = stateOf(machine);
    const { calls, thrown } = withFailure(Number.POSITIVE_INFINITY, failure, () => work(machine));
    expect(thrown).toBeNull();
    const after = stateOf(machine);
    expect(calls).toBeGreaterThan(50);
    let beforeCount = 0;
    for (let at = 1; at <= calls; at++) {
      saved.again();
      withFailure(at, failure, () => work(machine));
      recoverAll(machine);
      const now = stateOf(machine);
      const isBefore = differences(now, before).length === 0;
      if (isBefore) beforeCount++;
      else
        expect({ now: differences(now, before), after: differences(now, after) }, `call ${at} of ${calls}`).toMatchObject({
          after: [],
        });
    }
    expect(beforeCount).toBeGreaterThan(calls / 2);
    fs.rmSync(`${machine.root}.saved`, { recursive: true });
  });
});

test('recovery that dies itself, at every call, is finished by the next one', () => {
  const { machine, folder } = original();
  const before = stateOf(machine);
  const { calls } = withFailure(Number.POSITIVE_INFINITY, 'dies', () => {});
  expect(calls).toBe(0);
  const whole = fromSame(machine);
  const total = withFailure(Number.POSITIVE_INFINITY, 'dies', () => sync(folder)(machine)).calls;
  whole.again();
  // Late enough that files, rows and sidecar are all written, just before the commit.
  withFailure(total - 12, 'dies', () => sync(folder)(machine));
  const hot = fromSame(machine);
  const steps = withFailure(Number.POSITIVE_INFINITY, 'dies', () => void recoverAll(machine)).calls;
  expect(steps).toBeGreaterThan(10);
  for (let at = 1; at <= steps; at++) {
    hot.again();
    withFailure(at, 'dies_after', () => void recoverAll(machine));
    recoverAll(machine);
    expect(differences(stateOf(machine), before), `recovery died at call ${at} of ${steps}`).toEqual([]);
  }
  fs.rmSync(`${machine.root}.saved`, { recursive: true });
});
