// The exchange that this home takes part in.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { type ExchangeState, type Membership, openExchangeState } from '../../adapters/exchange/exchange_state.ts';
import { type LocalHome, readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import { placeNamed } from '../../adapters/place/named_place.ts';
import { PlaceFiles } from '../../adapters/place/place_files.ts';
import { PLAIN, sealFor } from '../../adapters/place/seal.ts';
import { SyncError } from '../../domain/codes/errors.ts';
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

/**
 * Does the work with the exchange that this home takes part in; `keeps`: and writes down what is learned. A place that is not there, or is
 * another one, stops it.
 */
export async function withMember<Result>(
  home: CodexHome,
  keeps: boolean,
  work: (member: Member) => Promise<Result>,
): Promise<Result> {
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
