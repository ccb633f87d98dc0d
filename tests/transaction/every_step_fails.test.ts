import { afterEach, describe, expect, test } from 'vitest';
import type { JournaledOperation } from '../../scripts/lib/adapters/journal/journal_folder.ts';
import { listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { homeOf, type Machine, removeMachine, undoNow } from '../fixtures/machine.ts';
import { openBelow } from '../fixtures/open_below.ts';
import { differences } from '../fixtures/snapshot.ts';
import { callsToFail, type Failure, withFailure } from './failing_disk.ts';
import { savedCopy, stateOf } from './home_states.ts';
import { livedInHome, type Prepared, syncHere, untouchedHome } from './homes.ts';

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

const HOMES = { 'an untouched home': untouchedHome, 'a home with a past': livedInHome };
type HomeName = keyof typeof HOMES;

function prepare(home: HomeName): Prepared {
  const prepared = HOMES[home]();
  made.push(prepared.machine);
  return prepared;
}

const fromSame = (machine: Machine) => {
  const saved = savedCopy(machine);
  made.push({ ...machine, root: saved.root });
  return saved;
};

const recoverAll = (machine: Machine) => recoverHome(homeOf(machine), true);
const undoLatest = (machine: Machine) => void undoNow(machine, null, new Date());

const EVERY_KIND = [
  'append_file',
  'create_database',
  'create_file',
  'create_file of a skill',
  'create_file, held',
  'index_entry',
  'make_directory',
  'make_directory of a skill',
  'move_file',
  'remove_directory',
  'remove_directory of a skill',
  'remove_file',
  'remove_file of a skill',
  'row of heads',
  'row of lineages',
  'row of path_rules',
  'row of sources',
  'row of sync_points',
  'row of thread_goals',
  'row of thread_history_projection_state',
  'row of thread_spawn_edges',
  'row of threads',
  'truncate_file',
];

const WAYS: Failure[] = ['refused', 'half', 'unreported', 'dies', 'dies_after'];
const CASES = (Object.keys(HOMES) as HomeName[]).flatMap((home) =>
  (['sync', 'rollback'] as const).map((command) => ({ command, home })),
);

describe.each(WAYS)('when a call is %s', (failure) => {
  test.each(CASES)('$command leaves $home as before or as after, at every call', ({ command, home }) => {
    const prepared = prepare(home);
    const { machine } = prepared;
    if (command === 'rollback') syncHere(prepared);
    const work = (): void => (command === 'sync' ? syncHere(prepared) : undoLatest(machine));
    const saved = fromSame(machine);
    const before = stateOf(machine);
    const whole = withFailure(Number.POSITIVE_INFINITY, failure, work);
    expect(whole.thrown).toBeNull();
    const after = stateOf(machine);
    expect(whole.calls).toBeGreaterThan(50);
    let beforeCount = 0;
    let isBefore = false;
    const tried = callsToFail(whole, failure);
    for (const at of tried) {
      if (!isBefore) saved.again();
      withFailure(at, failure, work);
      expect(openBelow(machine.root), `call ${at} of ${whole.calls}`).toEqual([]);
      recoverAll(machine);
      const now = stateOf(machine);
      isBefore = differences(now, before).length === 0;
      if (isBefore) beforeCount++;
      else
        expect({ now: differences(now, before), after: differences(now, after) }, `call ${at} of ${whole.calls}`).toMatchObject({
          after: [],
        });
    }
    expect(beforeCount).toBeGreaterThan(0);
  });
});

test('the two homes need every kind of operation', () => {
  const kinds = Object.keys(HOMES).flatMap((home) => {
    const prepared = prepare(home as HomeName);
    syncHere(prepared);
    undoLatest(prepared.machine);
    const journals = listJournals(prepared.machine.codexHome);
    return journals.flatMap((journal) => journal.readOperations().map(kindOf));
  });
  expect([...new Set(kinds)].sort()).toEqual(EVERY_KIND);
});

function kindOf({ skill, operation }: JournaledOperation): string {
  if (operation.kind === 'row') return `row of ${operation.table}`;
  if (operation.kind === 'create_file' && operation.held) return 'create_file, held';
  return skill === undefined ? operation.kind : `${operation.kind} of a skill`;
}

test.each([
  ['dies itself', 'dies'],
  ['does half a call', 'half'],
] as const)('recovery that %s, at every call, is finished by the next one', (_what, failure) => {
  const prepared = prepare('a home with a past');
  const { machine } = prepared;
  const before = stateOf(machine);
  const whole = fromSame(machine);
  const { names } = withFailure(Number.POSITIVE_INFINITY, 'dies', () => syncHere(prepared));
  whole.again();
  // Files, rows and sidecar are all written; the last rename is the commit.
  withFailure(names.lastIndexOf('renameSync') + 1, 'dies', () => syncHere(prepared));
  const hot = fromSame(machine);
  const steps = withFailure(Number.POSITIVE_INFINITY, 'dies', () => void recoverAll(machine));
  expect(steps.calls).toBeGreaterThan(10);
  for (const at of callsToFail(steps, failure)) {
    hot.again();
    withFailure(at, failure, () => void recoverAll(machine));
    recoverAll(machine);
    expect(differences(stateOf(machine), before), `recovery failed at call ${at} of ${steps.calls}`).toEqual([]);
  }
});
