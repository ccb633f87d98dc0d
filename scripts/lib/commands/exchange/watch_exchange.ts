// Syncs again and again: soon after something has changed here or in the place, and from time to time whatever has.

import path from 'node:path';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { FolderEvents, type Root } from '../../adapters/disk/folder_events.ts';
import { asSyncError } from '../../adapters/disk/system_errors.ts';
import { placeNamed } from '../../adapters/place/named_place.ts';
import { hearAgain, stopIfInterrupted, unlessInterrupted } from '../../adapters/run/interruption.ts';
import { ERRORS, type Exit } from '../../domain/codes/error_table.ts';
import { Interrupted, type SyncError } from '../../domain/codes/errors.ts';
import { MACHINES } from '../../domain/exchange/place_layout.ts';
import { dueAt, type Rhythm } from '../../domain/exchange/watch_rhythm.ts';
import { membershipOf } from '../membership/membership.ts';
import { type ExchangeRequest, type ExchangeResult, exchangeSync } from './exchange_sync.ts';

/** What became of a run. `watches`: whether the system reports changes of all that is watched. `retry`: in so many seconds it is tried again. */
export type Round = { at: Date; watches: boolean } & (
  | { result: ExchangeResult; error: null }
  | { result: null; error: SyncError; retry: number }
);

/** Ends with an interruption, or an error that the next run would meet as well. */
export async function watchExchange(
  openHome: () => CodexHome,
  request: ExchangeRequest,
  rhythm: Rhythm,
  tell: (round: Round) => void,
): Promise<never> {
  const events = new FolderEvents();
  try {
    for (let failures = 0; ; ) {
      const began = performance.now();
      // Before the run: what changes meanwhile is seen by the next one.
      const watches = events.follow(rootsOf(openHome()));
      const at = new Date();
      const ran = await runOnce(openHome(), request, at);
      const ended = performance.now();
      failures = ran.error ? failures + 1 : 0;
      const since = { ended, took: ended - began, failures };
      const due = (): number => dueAt(rhythm, { ...since, changed: events.changed });
      tell(ran.error ? { at, watches, ...ran, retry: Math.ceil((due() - ended) / 1000) } : { at, watches, ...ran });
      for (let left = due() - ended; left > 0; left = due() - performance.now()) await unlessInterrupted(events.next(left));
    }
  } finally {
    events.close();
  }
}

/** Rollouts, and what other machines have published: what this one writes there is no news. A remote reports nothing. */
function rootsOf(home: CodexHome): Root[] {
  const { place: name, machine } = membershipOf(home);
  const rollouts = ['sessions', 'archived_sessions'].map((folder) => ({ folder: path.join(home.path, folder), except: [] }));
  const place = placeNamed(name, home.path);
  return place.isLocal ? [...rollouts, { folder: path.join(place.folder, MACHINES), except: [machine] }] : rollouts;
}

/** What another run may not meet any more: a place that was away, a lock, a full disk. */
const PASSING: readonly Exit[] = ['busy', 'stopped', 'decision'];

type Ran = { result: ExchangeResult; error: null } | { result: null; error: SyncError };

async function runOnce(home: CodexHome, request: ExchangeRequest, now: Date): Promise<Ran> {
  try {
    return { result: await exchangeSync(home, request, now), error: null };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    stopIfInterrupted();
    const known = asSyncError(error);
    if (!known || !PASSING.includes(ERRORS[known.code].exit)) throw error;
    return { result: null, error: known };
  } finally {
    hearAgain();
  }
}
