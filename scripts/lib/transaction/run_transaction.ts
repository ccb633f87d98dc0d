// The way of every command that writes: plan, and where it is executed, take the lock, recover, plan under the lock, write in one transaction.

import type { CodexHome } from '../adapters/codex_home/codex_home.ts';
import { warnOfInterrupted } from '../adapters/journal/journal_scan.ts';
import { withWriterLock } from './exclusion/writer_lock.ts';
import { recover } from './recover.ts';
import { type TransactionRequest, transact } from './transact.ts';

/** `waitSeconds`: for another sync of this home to end. */
export type Execution = { execute: boolean; waitSeconds?: number };

/** `transactionId` is null where nothing was executed, or nothing was to be written. */
export type Ran = { mode: 'dry-run' | 'executed'; transactionId: string | null; warnings: string[] };

type Steps<Plan> = {
  /** Reads only. */
  plan(): Plan;
  /** Null where nothing is to be written. Not asked in a dry run, so this may refuse to execute the plan. */
  request?(planned: Plan): TransactionRequest | null;
  /** Still under the lock, after the commit point. */
  after?(planned: Plan): void;
};

export function runTransaction<Plan extends { warnings: string[] }>(
  home: CodexHome,
  { execute, waitSeconds }: Execution,
  now: Date,
  steps: Steps<Plan>,
): Plan & Ran {
  if (!execute) {
    const planned = steps.plan();
    return { ...planned, mode: 'dry-run', transactionId: null, warnings: once(warnOfInterrupted(home.path), planned.warnings) };
  }
  const work = (): Plan & Ran => {
    const recovered = recover(home).flatMap(({ warnings }) => warnings);
    const planned = steps.plan();
    const request = steps.request?.(planned);
    const done = request ? transact(home, request, now) : { transactionId: null, warnings: [] };
    steps.after?.(planned);
    const warnings = once(recovered, planned.warnings, done.warnings);
    return { ...planned, mode: 'executed', transactionId: done.transactionId, warnings };
  };
  return withWriterLock(home.path, work, waitSeconds);
}

const once = (...warnings: string[][]): string[] => [...new Set(warnings.flat())];
