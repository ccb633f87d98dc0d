// Reverses a completed transaction by a transaction of its own: the inverse operations, last one first, of sessions and skills
// that are still as that transaction left them.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import {
  findJournal,
  type JournaledOperation,
  type JournalFolder,
  type JournalManifest,
} from '../../adapters/journal/journal_folder.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { wholeIds } from '../../domain/ids/whole_ids.ts';
import { ownerOf, ownerOfSkill } from '../../domain/operation/operation.ts';
import { inverted } from '../../transaction/invert.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';
import { spaceForRollback } from '../../transaction/space_needed.ts';
import type { TransactionRequest } from '../../transaction/transact.ts';
import { findContinuations, requireNoNewFork } from './continuations.ts';
import { judgeThreads, type RolledBackThread } from './rollback_preconditions.ts';
import { judgeSkills, type RolledBackSkill } from './skill_preconditions.ts';
import { type CommittedTransaction, isInEffect, readHistory, warnOfUnreadable } from './transaction_history.ts';

export type RollbackRequest = Execution & {
  transactionId: string | null;
  latest: boolean;
  /** Only these; where neither names any, all. */
  threadIds: string[];
  skills?: string[];
};

/** `looked`: rollouts that were asked whether they continue another. */
type RollbackPlan = {
  target: JournalManifest;
  threads: RolledBackThread[];
  skills: RolledBackSkill[];
  folder: JournalFolder;
  operations: JournaledOperation[];
  looked: Set<string>;
  warnings: string[];
};

export type RollbackResult = Ran & RollbackPlan;

export const rollback = (home: CodexHome, request: RollbackRequest, now: Date): RollbackResult =>
  runTransaction(
    home,
    request,
    {
      plan: () => plan(home, request),
      request: (planned) => transactionOf(home, planned),
      // Also where nothing was left to be rolled back, and only a mark was not written.
      after: ({ target }) => markChain(home, target, now),
    },
    now,
  );

function plan(home: CodexHome, request: RollbackRequest): RollbackPlan {
  const history = readHistory(home);
  const { folder, manifest: target } = selectTarget(home, request, history);
  const operations = stillInEffect(history, target, folder.readOperations());
  const { skills: names = [] } = request;
  const touched = operations.flatMap(({ thread_id }) => thread_id ?? []);
  const threadIds = wholeIds(request.threadIds, touched, '--thread-id');
  const isAll = threadIds.length + names.length === 0;
  const looked = new Set<string>();
  const facts = { target, history, continuations: findContinuations(home, looked) };
  const judged = judgeThreads(home, facts, operations, isAll ? null : threadIds);
  const skills = judgeSkills(home, facts, operations, isAll ? null : names);
  const warnings = [...warnOfUnreadable(home), ...judged.warnings];
  return { target, threads: judged.threads, skills, folder, operations, looked, warnings };
}

/** What belongs to the run as a whole goes back with the last of its sessions and skills. */
function transactionOf(
  home: CodexHome,
  { target, threads, skills, folder, operations, looked }: RollbackPlan,
): TransactionRequest | null {
  const accepted = new Set([
    ...threads.filter(goesBack).map(ownerOf),
    ...skills.filter(goesBack).map(({ name }) => ownerOfSkill(name)),
  ]);
  if (accepted.size === 0) return null;
  const isAccepted = (entry: JournaledOperation): boolean => accepted.has(ownerOf(entry));
  const isWhole = operations.every((entry) => isOfRun(entry) || isAccepted(entry));
  const chosen = operations.filter((entry) => (isOfRun(entry) ? isWhole : isAccepted(entry)));
  return {
    manifest: {
      command: 'rollback',
      plan_digest: target.plan_digest,
      plan_summary: { rolled_back: threads.filter(goesBack).length },
      package: target.package,
      rolls_back: target.transaction_id,
      threads: target.threads.filter((thread) => accepted.has(ownerOf(thread))).map(asRolledBack),
      ...(target.skills
        ? { skills: target.skills.filter(({ name }) => accepted.has(ownerOfSkill(name))).map(asRolledBack) }
        : {}),
    },
    spaceNeeded: spaceForRollback(home, chosen),
    stage: (journal) => inverted(home, chosen, folder, journal),
    beforeFirstChange: () => requireNoNewFork(home, chosen, looked),
  };
}

const isOfRun = (entry: JournaledOperation): boolean => ownerOf(entry) === null;

const goesBack = ({ outcome }: { outcome: RolledBackThread['outcome'] }): boolean => outcome === 'rolled_back';

const asRolledBack = <Entry extends object>(entry: Entry): Entry & { action: string } => ({ ...entry, action: 'rollback' });

/**
 * After the commit point: where it fails, the next rollback of that transaction finds what is left, and writes it. A rollback that is taken
 * back makes what it had rolled back `completed` again, and so on down the chain.
 */
function markChain(home: CodexHome, target: JournalManifest, now: Date): void {
  const history = readHistory(home);
  let next: string | null = target.transaction_id;
  while (next) {
    const found: CommittedTransaction | undefined = history.find(({ manifest }) => manifest.transaction_id === next);
    if (found?.touched()) mark(found, hasEffect(history, found), now);
    next = found?.manifest.rolls_back ?? null;
  }
}

const hasEffect = (history: CommittedTransaction[], { manifest, touched }: CommittedTransaction): boolean =>
  [...(touched()?.all ?? [])].some((id) => isInEffect(history, manifest.transaction_id, id));

function mark({ folder, manifest }: CommittedTransaction, isCompleted: boolean, now: Date): void {
  if ((manifest.status === 'completed') === isCompleted) return;
  const { rolled_back_at: _, ...rest } = manifest;
  try {
    folder.writeManifest(
      isCompleted ? { ...rest, status: 'completed' } : { ...rest, status: 'rolled_back', rolled_back_at: now.toISOString() },
    );
  } catch {
    // What was rolled back is.
  }
}

function selectTarget(
  home: CodexHome,
  { transactionId, latest }: RollbackRequest,
  history: CommittedTransaction[],
): Pick<CommittedTransaction, 'folder' | 'manifest'> {
  if ((transactionId !== null) === latest)
    throw new SyncError('usage', 'Say which transaction: --transaction-id ID, or --latest.');
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
function stillInEffect(
  history: CommittedTransaction[],
  target: JournalManifest,
  operations: JournaledOperation[],
): JournaledOperation[] {
  const owners = [...new Set(operations.map(ownerOf))];
  const kept = new Set(owners.filter((owner) => owner === null || isInEffect(history, target.transaction_id, owner)));
  return operations.filter((entry) => kept.has(ownerOf(entry)));
}
