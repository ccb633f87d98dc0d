// What of that which machines have published is to be looked at now: states of sessions that this home has not taken in.

import { statFile } from '../../adapters/disk/file_reading.ts';
import type { ExchangeState, Published, Taken } from '../../adapters/exchange/exchange_state.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';

/**
 * `now`: one state of each lineage, machines in the order of their ids. `later`: further states of the same ones, which are compared with what
 * those make of this home. `deleted`: threads that began here and were deleted here, which stay away.
 */
export type Arrivals = { now: Published[]; later: Published[]; deleted: string[] };

export function arrivalsIn(state: ExchangeState, own: string, local: LocalHome, resurrect = false): Arrivals {
  const taken = state.taken();
  const arrivals: Arrivals = { now: [], later: [], deleted: [] };
  const begunHere = resurrect ? new Set<string>() : state.begunHere();
  const first = new Set<string>();
  const seen = new Set<string>();
  for (const published of state.published()) {
    if (published.machine === own || seen.has(published.state)) continue;
    seen.add(published.state);
    if (isStillHere(taken.get(published.state), local)) continue;
    if (begunHere.has(published.threadId) && !local.sessions.has(published.threadId)) {
      arrivals.deleted.push(published.threadId);
      continue;
    }
    const names = [published.threadId, published.beginning];
    arrivals[names.some((name) => first.has(name)) ? 'later' : 'now'].push(published);
    for (const name of names) first.add(name);
  }
  return arrivals;
}

/** What was taken in is looked at again where the local rollout is gone or shorter since: after a rollback, or from a backup. */
function isStillHere(taken: Taken | undefined, local: LocalHome): boolean {
  if (!taken) return false;
  if (taken.threadId === null) return true;
  const file = local.sessions.get(taken.threadId)?.file ?? null;
  return file !== null && (statFile(file)?.size ?? 0) >= taken.size;
}
