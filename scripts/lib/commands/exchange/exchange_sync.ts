// Both ways in one run: what has arrived is taken in, then what is new here is published.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { isOfOneRollout } from '../../domain/codes/errors.ts';
import type { Finding } from '../../domain/findings/finding.ts';
import { arrivalsIn } from '../../planning/exchange/arrivals.ts';
import { backupBeforeFirstSync, toBeSaved } from '../backup/before_first_sync.ts';
import type { BackupRequest, CreatedBackup } from '../backup/create_backup.ts';
import { type Member, withMember } from '../membership/membership.ts';
import { readMachines } from '../membership/read_machines.ts';
import type { SyncRequest } from '../sync/sync.ts';
import { type Pulled, pull } from './pull.ts';
import { type Pushed, planPush, push } from './push.ts';

/** `backup`: where and how a backup is made before this machine takes in anything of others for the first time; null where none is wanted. */
export type ExchangeRequest = Omit<SyncRequest, 'package'> & {
  pulls: boolean;
  pushes: boolean;
  backup: Omit<BackupRequest, 'why'> | null;
};

/** `pulled` of each transaction: of sessions that arrived in several states one after the other is taken in. */
export type ExchangeResult = {
  place: string;
  machine: string;
  executed: boolean;
  /** Made now, or to be made. */
  backup: FirstBackup | null;
  pulled: Pulled[];
  pushed: Pushed | null;
  findings: Finding[];
};

export const exchangeSync = (home: CodexHome, request: ExchangeRequest, now: Date): Promise<ExchangeResult> =>
  withMember(home, { keeps: request.execute, waitSeconds: request.waitSeconds }, async (member) => {
    const findings = await readMachines(member, now);
    const backup = request.pulls ? firstBackup(home, member, request, now) : null;
    const pulled = request.pulls ? await pullAll(home, member, request, now) : [];
    const pushed = request.pushes ? await pushOrPlan(home, member, request.execute, now) : null;
    const { place, machine } = member.membership;
    return { place, machine, executed: request.execute, backup, pulled, pushed, findings };
  });

/** `bytes` of rollouts. `path`: null where it is only to be made. */
export type FirstBackup = { sessions: number; bytes: number; path: string | null };

/** Null where nothing has arrived, or not for the first time. */
function firstBackup(
  home: CodexHome,
  { state, membership, view }: Member,
  request: ExchangeRequest,
  now: Date,
): FirstBackup | null {
  if (request.backup === null || state.fact('backed_up') !== null) return null;
  if (arrivalsIn(state, membership.machine, view.local, request.resurrect).now.length === 0) return null;
  const saved = toBeSaved(home);
  const made = request.execute && saved ? savedWhatCanBe(home, request.backup, now) : null;
  if (request.execute) state.setFact('backed_up', now.toISOString());
  return saved && { ...saved, path: made?.backup.path ?? null };
}

/** Null where nothing of the home can be read: what is damaged stays as it is, and keeps nothing else from being taken in. */
function savedWhatCanBe(home: CodexHome, backup: Omit<BackupRequest, 'why'>, now: Date): CreatedBackup | null {
  try {
    return backupBeforeFirstSync(home, backup, now);
  } catch (error) {
    if (isOfOneRollout(error)) return null;
    throw error;
  }
}

async function pullAll(home: CodexHome, member: Member, request: ExchangeRequest, now: Date): Promise<Pulled[]> {
  const pulled: Pulled[] = [];
  for (;;) {
    const one = await pull(home, member, request, now);
    pulled.push(one);
    // Further states come next where this round has brought them nearer; where it has written nothing, or was agreed to as it is, they wait.
    if (one.later === 0 || !one.result?.transactionId || request.expectPlan !== null) break;
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
