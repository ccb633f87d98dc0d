// No Codex may have a thread open while its rollout is changed: it would append to the old end, or to a file that is gone.

import { findHolders, type WatchedHome } from '../../adapters/holders/thread_holders.ts';
import type { JournaledOperation } from '../../adapters/journal/journal_folder.ts';
import { type CodexLocks, lockThreads, lockWarning } from '../../adapters/locks/codex_locks.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { baseName, parseRolloutName } from '../../domain/ids/rollout_name.ts';

type Touched = { threadId: string; file: string };

/** Rollouts that these operations are about. A file of a revert has a name of its own, and the lock of its thread. */
export function rolloutsIn(operations: JournaledOperation[]): Touched[] {
  return operations.flatMap(({ operation }) => {
    if (operation.kind === 'row') return [];
    const files = operation.kind === 'move_file' ? [operation.path, operation.to] : [operation.path];
    return files.flatMap((file) => {
      const name = parseRolloutName(baseName(file));
      return name ? [{ threadId: name.threadId, file }] : [];
    });
  });
}

/**
 * Holds Codex's lock of every thread whose rollout is changed or created. A new one too: Codex lists it as soon as its file exists, and an undo
 * would take the file from under a Codex that has opened it. Where there are too many to lock, only threads that existed before are locked.
 */
export function lockChanged(home: string, operations: JournaledOperation[]): CodexLocks {
  const locks = lockTouched(home, rolloutsIn(operations));
  return locks.missing === null ? locks : lockTouched(home, rolloutsIn(changing(operations)));
}

export const lockTouched = (home: string, touched: Touched[]): CodexLocks =>
  lockThreads(home, [...new Set(touched.map(({ threadId }) => threadId))]);

/** Nobody has a rollout open that does not exist yet. */
const changing = (operations: JournaledOperation[]): JournaledOperation[] =>
  operations.filter(({ operation }) => operation.kind !== 'create_file');

/** Looks for what locks do not show: files that an older Codex has open, and the session that runs this command. */
export const requireFree = (home: WatchedHome, operations: JournaledOperation[], ours: ReadonlySet<string>): void =>
  requireNoHolder(home, rolloutsIn(changing(operations)), ours);

export function requireNoHolder(home: WatchedHome, touched: Touched[], ours: ReadonlySet<string>): void {
  if (touched.length === 0) return;
  const holders = findHolders(home, ours);
  for (const { threadId, file } of touched) {
    const busy = holders.whyBusy(threadId, file);
    if (busy)
      throw new SyncError('session_busy', `A session cannot be written: ${busy.reason}.`, {
        where: threadId,
      });
  }
}

/** The warning where Codex's locks could not be held. */
export const warningsOf = ({ missing }: CodexLocks): string[] => (missing === null ? [] : [lockWarning(missing)]);
