// Reverses a completed transaction by a transaction of its own: the inverse operations, last one first, of sessions and skills
// that are still as that transaction left them.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { JournaledOperation, JournalFolder, JournalManifest } from '../../adapters/journal/journal_folder.ts';
import { scanJournals } from '../../adapters/journal/journal_scan.ts';
import { trace } from '../../adapters/run/trace.ts';
import { wholeIds } from '../../domain/ids/whole_ids.ts';
import { ownerOf, ownerOfSkill } from '../../domain/operation/operation.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';
import { spaceForRollback } from '../../transaction/space/space_needed.ts';
import { inverted } from '../../transaction/staging/invert.ts';
import type { TransactionRequest } from '../../transaction/transact.ts';
import { historyOf, warnOfUnreadable } from '../transactions/transaction_history.ts';
import { findContinuations, requireNoNewFork } from './continuations.ts';
import { markChain } from './mark_rolled_back.ts';
import { checkThreads, type RolledBackThread } from './rollback_preconditions.ts';
import { selectTarget, stillInEffect } from './rollback_target.ts';
import { checkSkills, type RolledBackSkill } from './skill_preconditions.ts';

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
  runTransaction(home, request, now, {
    plan: () => plan(home, request),
    request: (planned) => transactionOf(home, planned),
    // Also where nothing was left to be rolled back, and only a mark was not written.
    after: ({ target }) => markChain(home, target, now),
  });

function plan(home: CodexHome, request: RollbackRequest): RollbackPlan {
  const journals = scanJournals(home.path);
  const history = historyOf(journals);
  const { folder, manifest: target } = selectTarget(home, request, history);
  const operations = stillInEffect(history, target, folder.readOperations());
  const { skills: names = [] } = request;
  const touched = operations.flatMap(({ thread_id }) => thread_id ?? []);
  const threadIds = wholeIds(request.threadIds, touched, '--thread-id');
  const isAll = threadIds.length + names.length === 0;
  const looked = new Set<string>();
  const facts = { target, history, continuations: findContinuations(home, looked) };
  const checked = checkThreads(home, facts, operations, isAll ? null : threadIds);
  const skills = checkSkills(home, facts, operations, isAll ? null : names);
  for (const { thread_id, outcome, reason_code } of checked.threads)
    trace('rollback', () => `${thread_id}: ${outcome} (${reason_code})`);
  const warnings = [...warnOfUnreadable(journals), ...checked.warnings];
  return { target, threads: checked.threads, skills, folder, operations, looked, warnings };
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
