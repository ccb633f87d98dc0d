// What an exchange holds, what would come and what would go. Changes nothing in the home.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { KnownMachine, Membership } from '../../adapters/exchange/exchange_state.ts';
import type { Finding } from '../../domain/findings/finding.ts';
import { arrivalsIn } from '../../planning/exchange/arrivals.ts';
import { departuresOf } from '../../planning/exchange/departures.ts';
import { withMember } from '../membership/membership.ts';
import { readMachines } from '../membership/read_machines.ts';

export type ExchangeStatus = {
  membership: Membership;
  machines: (KnownMachine & { sessions: number; bytes: number })[];
  toCome: number;
  toGo: number;
  findings: Finding[];
};

export const exchangeStatus = (home: CodexHome, now: Date): Promise<ExchangeStatus> =>
  withMember(home, { keeps: false }, async (member) => {
    const { membership, state } = member;
    const findings = await readMachines(member, now);
    const published = state.published();
    const machines = state.machines().map((known) => {
      const own = published.filter(({ machine }) => machine === known.machine);
      return { ...known, sessions: own.length, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0) };
    });
    const { local } = member.view;
    const arrivals = arrivalsIn(state, membership.machine, local);
    const toGo = departuresOf(home, local, state.localFiles()).sessions.length;
    return { membership, machines, toCome: arrivals.now.length + arrivals.later.length, toGo, findings };
  });
