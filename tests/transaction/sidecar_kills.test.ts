// The commands that write the sidecar, as processes that are killed.

import { afterEach, expect, test } from 'vitest';
import { type Machine, removeMachine } from '../fixtures/machine.ts';
import { savedCopy } from './home_states.ts';
import { killOften } from './killed_runs.ts';
import { homeOfSidecarCommands, SIDECAR_COMMANDS } from './sidecar_commands.ts';

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

test.each(SIDECAR_COMMANDS)('$what that is killed is as never begun, or as done', async ({ damage, words }) => {
  const machine = homeOfSidecarCommands();
  damage(machine);
  const { again, root } = savedCopy(machine);
  made.push(machine, { ...machine, root });
  const command = [...words, '--execute', '--codex-home', machine.codexHome];
  expect((await killOften(command, machine, again, { inTime: 2, atCalls: 4 })).undone).toBeGreaterThan(0);
});
