// Real processes of the program, killed at moments spread over their writing.

import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { findHot } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { type Machine, removeMachine } from '../fixtures/machine.ts';
import { differences } from '../fixtures/snapshot.ts';
import { savedCopy, stateOf } from './home_states.ts';
import { livedInHome, type Prepared, syncHere } from './homes.ts';
import { killOften, runAndKill, runBeside } from './killed_runs.ts';

/** Under Wine each run takes two seconds. */
const KILLS = process.env.CODEX_SYNC_UNDER_WINE ? 4 : 12;

const made: Machine[] = [];
afterEach(() => made.splice(0).forEach(removeMachine));

function savedFor(machine: Machine): () => void {
  const { again, root } = savedCopy(machine);
  made.push(machine, { ...machine, root });
  return again;
}

const wordsOf = (command: 'sync' | 'rollback', { machine, folder, skills = [] }: Prepared): string[] =>
  command === 'rollback'
    ? ['rollback', '--latest', '--execute', '--codex-home', machine.codexHome]
    : [
        'sync',
        folder,
        '--execute',
        '--codex-home',
        machine.codexHome,
        '--user-home',
        machine.userHome,
        '--map-path',
        `/home/far=${path.join(machine.userHome, 'near')}`,
        ...skills.flatMap((name) => ['--include-skills', name]),
      ];

test.each(['sync', 'rollback'] as const)('a %s that is killed is as never begun, or as done', async (command) => {
  const prepared = livedInHome();
  const { machine } = prepared;
  if (command === 'rollback') syncHere(prepared);
  const came = await killOften(wordsOf(command, prepared), machine, savedFor(machine), { inTime: KILLS, atCalls: 0 });
  expect(came.inTime).toBeGreaterThan(0);
});

const RECOVER = ['recover', '--execute', '--wait', '20', '--codex-home'];

/** Leaves a transaction behind whose changes have begun; one that came to its end before the kill is tried again from the start. */
async function interruptSync(prepared: Prepared, again: () => void): Promise<void> {
  for (let tries = 0; tries < 20 && findHot(prepared.machine.codexHome).length === 0; tries++) {
    again();
    await runAndKill(wordsOf('sync', prepared), prepared.machine, { sign: 'prepared', after: tries % 3 });
  }
}

test('a recovery that is killed several times, and then runs twice at once, gives the state before', async () => {
  const prepared = livedInHome();
  const { machine } = prepared;
  const again = savedFor(machine);
  const before = stateOf(machine);
  const recover = [...RECOVER, machine.codexHome];
  let killed = 0;
  for (let round = 0; round < 3; round++) {
    await interruptSync(prepared, again);
    for (let after = round; after < 12 && findHot(machine.codexHome).length > 0; after += 4)
      if (await runAndKill(recover, machine, { sign: 'locked', after })) killed++;
    expect(await Promise.all([runBeside(recover), runBeside(recover)])).toEqual([0, 0]);
    expect(findHot(machine.codexHome)).toEqual([]);
    expect(differences(stateOf(machine), before), `round ${round + 1}`).toEqual([]);
  }
  expect(killed).toBeGreaterThan(0);
});
