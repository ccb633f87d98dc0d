// Both ways in one run: what has arrived is taken in, then what is new here is published.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { Finding } from '../../domain/findings/finding.ts';
import { type Member, withMember } from '../membership/membership.ts';
import { readMachines } from '../membership/read_machines.ts';
import type { SyncRequest } from '../sync/sync.ts';
import { type Pulled, pull } from './pull.ts';
import { type Pushed, planPush, push } from './push.ts';

export type ExchangeRequest = Omit<SyncRequest, 'package'> & { pulls: boolean; pushes: boolean };

/** `pulled` of each transaction: of sessions that arrived in several states one after the other is taken in. */
export type ExchangeResult = {
  place: string;
  machine: string;
  executed: boolean;
  pulled: Pulled[];
  pushed: Pushed | null;
  findings: Finding[];
};

export const exchangeSync = (home: CodexHome, request: ExchangeRequest, now: Date): Promise<ExchangeResult> =>
  withMember(home, request.execute, async (member) => {
    const findings = await readMachines(member, now);
    const pulled = request.pulls ? await pullAll(home, member, request, now) : [];
    const pushed = request.pushes ? await pushOrPlan(home, member, request.execute, now) : null;
    const { place, machine } = member.membership;
    return { place, machine, executed: request.execute, pulled, pushed, findings };
  });

async function pullAll(home: CodexHome, member: Member, request: ExchangeRequest, now: Date): Promise<Pulled[]> {
  const pulled: Pulled[] = [];
  for (;;) {
    const one = await pull(home, member, request, now);
    pulled.push(one);
    // Further states come next where this round has brought them nearer; where it has written nothing, they wait for another time.
    if (one.later === 0 || !one.result?.transactionId) break;
  }
  return pulled;
}

async function pushOrPlan(home: CodexHome, member: Member, execute: boolean, now: Date): Promise<Pushed> {
  if (execute) return push(home, member, now);
  const { sessions, ...left } = planPush(home, member);
  return {
    sessions: sessions.map(({ facts, title }) => ({ thread_id: facts.thread_id, title })),
    bytes: 0,
    commit: null,
    ...left,
  };
}
