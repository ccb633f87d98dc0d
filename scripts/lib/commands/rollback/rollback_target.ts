// Which transaction is rolled back, and how much of it.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { JournaledOperation, JournalManifest } from '../../adapters/journal/journal_folder.ts';
import { findJournal } from '../../adapters/journal/journal_scan.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { wholeIds } from '../../domain/ids/whole_ids.ts';
import { ownerOf } from '../../domain/operation/operation.ts';
import { type CommittedTransaction, hasEffect, isInEffect } from '../transactions/transaction_history.ts';

export function selectTarget(
  home: CodexHome,
  { transactionId, latest }: { transactionId: string | null; latest: boolean },
  history: CommittedTransaction[],
): Pick<CommittedTransaction, 'folder' | 'manifest'> {
  if ((transactionId !== null) === latest)
    throw new SyncError('usage', 'Choose the transaction with --transaction-id ID or --latest.');
  const known = history.map(({ manifest }) => manifest.transaction_id);
  const [id] = transactionId === null ? [] : wholeIds([transactionId.toLowerCase()], known, '--transaction-id');
  const target = latest ? latestCompleted(home, history) : history.find(({ manifest }) => manifest.transaction_id === id);
  // The mark may be older than a rollback of the rollback.
  if (target?.manifest.status === 'completed' || (target && hasEffect(history, target))) return target;
  const { manifest } = target ?? findJournal(home.path, String(id));
  throw new SyncError('transaction_not_reversible', `Transaction ${manifest.transaction_id} is ${manifest.status}.`);
}

/** The newest one that changed something and was not itself a rollback. */
function latestCompleted(home: CodexHome, history: CommittedTransaction[]): CommittedTransaction {
  const found = history.find(({ manifest }) => manifest.status === 'completed' && manifest.rolls_back === null);
  if (found) return found;
  throw new SyncError('transaction_not_found', 'There is no completed transaction to roll back.', { where: home.path });
}

/** Sessions and skills that an earlier, partial rollback of the same transaction took back are done. */
export function stillInEffect(
  history: CommittedTransaction[],
  target: JournalManifest,
  operations: JournaledOperation[],
): JournaledOperation[] {
  const owners = [...new Set(operations.map(ownerOf))];
  const kept = new Set(owners.filter((owner) => owner === null || isInEffect(history, target.transaction_id, owner)));
  return operations.filter((entry) => kept.has(ownerOf(entry)));
}

/** Those of what a transaction changed that were asked for; null stands for all. */
export function selected(touched: string[], wanted: string[] | null, { transaction_id }: JournalManifest): string[] {
  if (wanted === null) return touched;
  const [all, chosen] = [new Set(touched), new Set(wanted)];
  const missing = wanted.filter((one) => !all.has(one));
  if (missing.length === 0) return touched.filter((one) => chosen.has(one));
  throw new SyncError('nothing_selected', `Transaction ${transaction_id} did not change ${missing.join(', ')}.`, {
    where: transaction_id,
    hint: '`list-transactions --json` names the sessions and skills of each transaction',
  });
}
