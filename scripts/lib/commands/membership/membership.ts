// The exchange that this home takes part in.

import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { type ExchangeState, type Membership, openExchangeState, stateFile } from '../../adapters/exchange/exchange_state.ts';
import { type LocalHome, readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import { placeNamed } from '../../adapters/place/named_place.ts';
import { PlaceFiles } from '../../adapters/place/place_files.ts';
import { PLAIN, sealFor } from '../../adapters/place/seal.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { whileLocked } from '../../transaction/exclusion/writer_lock.ts';
import { requireSame } from './marker.ts';

/** `keeps`: what is learned is written down. */
export type Member = {
  membership: Membership;
  readonly state: ExchangeState;
  readonly files: PlaceFiles;
  readonly keeps: boolean;
  readonly view: HomeView;
};

/** What the home holds, read once until a run has changed it: of 10,000 sessions that takes a third of a second. */
class HomeView {
  readonly #home: CodexHome;
  #local: LocalHome | null = null;

  constructor(home: CodexHome) {
    this.#home = home;
  }

  get local(): LocalHome {
    this.#local ??= readLocalHome(this.#home);
    return this.#local;
  }

  changed(): void {
    this.#local = null;
  }
}

/** What this home takes part in, without a look at the place. */
export function membershipOf(home: CodexHome): Membership {
  const state = openState(home, false);
  const { membership } = state;
  state.close();
  return membership;
}

function openState(home: CodexHome, keeps: boolean): ExchangeState {
  const state = openExchangeState(home.path, keeps);
  if (!state) throw new SyncError('no_exchange', 'This Codex home takes part in no exchange.', { where: home.path });
  return state;
}

/** `keeps`: what is learned is written down, by one run at a time. `waitSeconds`: for another one to end. */
export type Access = { keeps: boolean; waitSeconds?: number | undefined };

/** Does the work with the exchange that this home takes part in. A place that is not there, or is another one, stops it. */
export async function withMember<Result>(
  home: CodexHome,
  { keeps, waitSeconds = 0 }: Access,
  work: (member: Member) => Promise<Result>,
): Promise<Result> {
  const run = () => withState(home, keeps, work);
  if (!keeps) return run();
  // Before the lock makes its file where there is no exchange.
  membershipOf(home);
  return whileLocked(path.dirname(stateFile(home.path)), run, waitSeconds);
}

async function withState<Result>(home: CodexHome, keeps: boolean, work: (member: Member) => Promise<Result>): Promise<Result> {
  const state = openState(home, keeps);
  try {
    const { membership } = state;
    const place = placeNamed(membership.place, home.path);
    await place.refresh();
    requireSame(place, { exchangeId: membership.exchangeId, isEncrypted: membership.key !== null });
    const seal = membership.key === null ? PLAIN : await sealFor(membership.key);
    return await work({ membership, state, files: new PlaceFiles(place, seal), keeps, view: new HomeView(home) });
  } finally {
    state.close();
  }
}
