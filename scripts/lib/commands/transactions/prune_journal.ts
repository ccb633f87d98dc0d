// `prune-journal`: drops old transactions that nobody wants to roll back any more. It writes no transaction of its own, since it changes
// nothing of the home but what could have been undone.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { scanJournals } from '../../adapters/journal/journal_scan.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { timesInOrder } from '../../domain/ids/transaction_id.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';
import { type CommittedTransaction, historyOf } from './transaction_history.ts';

/** One of the two. `keep`: so many of the newest stay. `olderThan`: milliseconds. */
export type PruneJournalRequest = Execution & { keep: number | null; olderThan: number | null };

export type PrunedTransaction = { transaction_id: string; created_at: string; command: string; bytes: number };

export type PrunedJournal = Ran & { pruned: PrunedTransaction[]; kept: number };

export function pruneJournal(home: CodexHome, request: PruneJournalRequest, now: Date): PrunedJournal {
  if ((request.keep === null) === (request.olderThan === null))
    throw new SyncError('usage', 'Choose what to drop with --keep N or --older-than 30d.');
  return runTransaction(home, request, now, {
    plan() {
      const { dropped, kept } = choose(historyOf(scanJournals(home.path)), request, now);
      return { dropped, pruned: dropped.map(described), kept: kept.length, warnings: [] };
    },
    // Oldest first: a kill in between must not leave a transaction without the rollback that took it back.
    after({ dropped }) {
      for (const { folder } of dropped.toReversed()) folder.remove();
    },
  });
}

type Chosen = { dropped: CommittedTransaction[]; kept: CommittedTransaction[] };

/** What goes is older than all that stays. But a transaction that a kept one takes back stays with it: the two only mean something together. */
function choose(history: CommittedTransaction[], { keep, olderThan }: PruneJournalRequest, now: Date): Chosen {
  const chosen: Chosen = { dropped: [], kept: [] };
  const times = timesInOrder(
    history.map(({ manifest }) => manifest.created_at),
    now.getTime(),
  );
  for (const [at, one] of history.entries()) {
    const { transaction_id } = one.manifest;
    const isOld = keep === null ? now.getTime() - Number(times[at]) > Number(olderThan) : at >= keep;
    const isNeeded = chosen.kept.some(({ manifest }) => manifest.rolls_back === transaction_id);
    (isOld && !isNeeded ? chosen.dropped : chosen.kept).push(one);
  }
  return chosen;
}

const described = ({ folder, manifest: { transaction_id, created_at, command } }: CommittedTransaction): PrunedTransaction => ({
  transaction_id,
  created_at,
  command,
  bytes: folder.bytes(),
});
