// Which sessions of a transaction can go back: those that are still as it left them.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { findHolders, type Holders } from '../../adapters/holders/thread_holders.ts';
import type { JournaledOperation, JournalManifest } from '../../adapters/journal/journal_folder.ts';
import { type HomeRows, withHomeRows } from '../../adapters/local_sessions/home_rows.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';
import { type CommittedTransaction, laterChange } from '../transactions/transaction_history.ts';
import { changeSince, databaseMadeSince } from './changed_since.ts';
import { type Continuations, forksThatStay, problemWithContinuation } from './continuations.ts';
import { selected } from './rollback_target.ts';

export type RolledBackThread = { thread_id: string; title: string; outcome: 'rolled_back' | 'refused' | 'busy' } & Reason;

export function checkThreads(
  home: CodexHome,
  { target, history, continuations }: { target: JournalManifest; history: CommittedTransaction[]; continuations: Continuations },
  operations: JournaledOperation[],
  wanted: string[] | null,
): { threads: RolledBackThread[]; warnings: string[] } {
  const holders = findHolders(home);
  const byThread = Map.groupBy(
    operations.flatMap(({ thread_id, operation }) => (thread_id === null ? [] : [{ thread_id, operation }])),
    ({ thread_id }) => thread_id,
  );
  const ownOf = (id: string): Operation[] => byThread.get(id)?.map(({ operation }) => operation) ?? [];
  const titles = new Map(target.threads.map(({ thread_id, title }) => [thread_id, title]));
  const threads = withHomeRows(home, (rows) =>
    selected([...byThread.keys()], wanted, target).map((thread_id) => {
      const title = titles.get(thread_id) ?? '';
      const later = laterChange(history, target.transaction_id, thread_id);
      return { thread_id, title, ...outcomeOf({ rows, holders, continuations, later }, thread_id, ownOf(thread_id)) };
    }),
  );
  const back = threads.filter(({ outcome }) => outcome === 'rolled_back');
  return { threads, warnings: back.flatMap(({ thread_id }) => forksThatStay(ownOf(thread_id), thread_id, continuations)) };
}

type Facts = { rows: HomeRows; holders: Holders; continuations: Continuations; later: Reason | null };

function outcomeOf(
  { rows, holders, continuations, later }: Facts,
  threadId: string,
  operations: Operation[],
): Pick<RolledBackThread, 'outcome' | 'reason' | 'reason_code'> {
  const busy = first(placesNow(operations), (file) => holders.whyBusy(threadId, file));
  if (busy) return { outcome: 'busy', ...busy };
  const problem =
    later ??
    first(
      operations,
      (operation) => changeSince(rows, operation) ?? problemWithContinuation(operation, threadId, continuations),
    ) ??
    databaseMadeSince(rows, threadId, operations);
  return problem
    ? { outcome: 'refused', ...problem }
    : { outcome: 'rolled_back', ...because('unchanged_since', 'unchanged since') };
}

function first<Item>(items: Item[], problemWith: (item: Item) => Reason | null): Reason | null {
  for (const item of items) {
    const problem = problemWith(item);
    if (problem) return problem;
  }
  return null;
}

/** Where the rollouts that the transaction wrote, shortened or moved lie since. */
const placesNow = (operations: Operation[]): string[] =>
  operations.flatMap((operation) => {
    switch (operation.kind) {
      case 'move_file':
        return operation.to;
      case 'create_file':
      case 'append_file':
      case 'truncate_file':
        return operation.path;
      default:
        return [];
    }
  });
