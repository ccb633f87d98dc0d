// The commands that write the sidecar, failed at every call as sync and rollback are (every_step_fails.test.ts).

import { afterEach, expect, test } from 'vitest';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { homeOf, type Machine, removeMachine } from '../fixtures/machine.ts';
import { differences } from '../fixtures/snapshot.ts';
import { callsToFail, type Failure, withFailure } from './failing_disk.ts';
import { savedCopy, stateOf } from './home_states.ts';
import { homeOfSidecarCommands, SIDECAR_COMMANDS } from './sidecar_commands.ts';

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

const WAYS: Failure[] = ['half', 'dies', 'dies_after'];

test.each(SIDECAR_COMMANDS)('$what leaves the home as before or as after, at every call', ({ damage, work }) => {
  const machine = homeOfSidecarCommands();
  damage(machine);
  const saved = savedCopy(machine);
  made.push(machine, { ...machine, root: saved.root });
  const before = stateOf(machine);
  const whole = withFailure(Number.POSITIVE_INFINITY, 'dies', () => expect(work(machine).transactionId).not.toBeNull());
  expect(whole.thrown).toBeNull();
  const after = stateOf(machine);
  expect(differences(before, after)).not.toEqual([]);
  for (const failure of WAYS)
    for (const at of callsToFail(whole, failure)) {
      saved.again();
      withFailure(at, failure, () => void work(machine));
      recoverHome(homeOf(machine), true);
      const now = stateOf(machine);
      if (differences(now, before).length > 0)
        expect(differences(now, after), `${failure} at call ${at} of ${whole.calls}`).toEqual([]);
    }
});
