// The machines of an exchange: another label for this one, and others that nobody waits for any more.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { KnownMachine } from '../../adapters/exchange/exchange_state.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Execution } from '../../transaction/run_transaction.ts';
import { writeCard } from '../membership/machine_card.ts';
import { type Member, withMember } from '../membership/membership.ts';
import { readMachines } from '../membership/read_machines.ts';
import { writeCommit } from './push.ts';

export type MachineChange = Execution & { rename: string | null; retire: string | null };

export type Machines = { own: string; machines: (KnownMachine & { isRetired: boolean })[]; executed: boolean };

export const exchangeMachines = (home: CodexHome, change: MachineChange, now: Date): Promise<Machines> =>
  withMember(home, { keeps: change.execute, waitSeconds: change.waitSeconds }, async (member) => {
    await readMachines(member, now);
    const retired = change.retire === null ? null : findMachine(member, change.retire, { own: false }).machine;
    if (change.execute) await carryOut(member, change.rename, retired, now);
    const gone = new Set(member.state.retired());
    const machines = member.state.machines().map((one) => ({ ...one, isRetired: gone.has(one.machine) }));
    return { own: member.membership.machine, machines, executed: change.execute };
  });

async function carryOut(member: Member, label: string | null, retired: string | null, now: Date): Promise<void> {
  const { state, files } = member;
  if (label !== null) {
    await writeCard(member.membership.machine, label, files, now);
    await files.place.publish(member.membership.machine);
    state.setFact('label', label);
    member.membership = state.membership;
    await readMachines(member, now);
  }
  if (retired !== null) {
    state.retire([...state.retired(), retired]);
    // The word alone: what sessions are waiting, the user has not been shown.
    await writeCommit([], member, now);
  }
}

/** By an unambiguous beginning of its id, or by its label. */
export function findMachine({ state, membership }: Member, named: string, { own }: { own: boolean }): KnownMachine {
  const candidates = state.machines().filter(({ machine }) => own || machine !== membership.machine);
  const found = candidates.filter(({ machine, label }) => machine.startsWith(named.toLowerCase()) || label === named);
  if (found.length === 1) return found[0] as KnownMachine;
  throw new SyncError('usage', `${found.length === 0 ? 'No machine' : 'More than one machine'} is called \`${named}\`.`, {
    hint: own
      ? 'run `exchange machines` for their ids'
      : 'run `exchange machines` for their ids; this machine itself cannot be retired',
  });
}
