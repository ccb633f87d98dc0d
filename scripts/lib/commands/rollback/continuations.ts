// Sessions of this home that continue a part of a rollout: forks and reverts that Codex made on this machine (0.146+). What they continue must stay.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { JournaledOperation } from '../../adapters/journal/journal_folder.ts';
import { readFirstLine } from '../../adapters/rollout/first_line.ts';
import { findRollouts } from '../../adapters/rollout/rollout_files.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { baseName, parseRolloutName } from '../../domain/ids/rollout_name.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';
import type { HistoryBase } from '../../domain/rollout/session_meta.ts';

type Continuation = { threadId: string; base: HistoryBase };
/** By the rollout that they continue. */
export type Continuations = ReadonlyMap<string, Continuation[]>;

/** `looked`: files that need no second look; those that are looked at now are added. */
export function findContinuations(home: CodexHome, looked: Set<string>): Continuations {
  const rollouts = findRollouts(home.path).filter(({ file }) => !looked.has(file));
  for (const { file } of rollouts) looked.add(file);
  const found = rollouts.flatMap(({ threadId, file }): Continuation[] => {
    const base = readFirstLine(file)?.meta.historyBase;
    return base ? [{ threadId, base }] : [];
  });
  return Map.groupBy(found, ({ base }) => base.rolloutId);
}

/** Codex forks without a look at the lock, so this is asked once more right before the first change. */
export function requireNoNewFork(home: CodexHome, operations: JournaledOperation[], looked: Set<string>): void {
  const since = findContinuations(home, looked);
  for (const { thread_id, operation } of operations) {
    const problem = problemWithContinuation(operation, String(thread_id), since);
    if (problem)
      throw new SyncError('stale_plan', `A session has changed since it was checked: ${problem.reason}.`, {
        where: String(thread_id),
        hint: 'run the same command again: it will leave that session alone',
      });
  }
}

export function problemWithContinuation(operation: Operation, own: string, continuations: Continuations): Reason | null {
  const stays = bytesThatStay(operation);
  if (stays === null) return null;
  const found = continuationsOf(operation, continuations).find(({ base }) => base.endOffset > stays);
  if (!found) return null;
  return found.threadId === own
    ? because('reverted_since', 'it was reverted later')
    : because('forked_since', `session ${found.threadId} was forked from it later`);
}

/**
 * Forks of what stays. Codex shows the turns that a fork inherited from the projection of its parent, which goes with the turns that go, until
 * it has opened the parent again (seen in 0.153.4 and 0.169.0). What the model is sent is whole all the time.
 */
export function forksThatStay(operations: Operation[], own: string, continuations: Continuations): string[] {
  const shortened = operations.filter((operation) => (bytesThatStay(operation) ?? 0) > 0);
  return shortened
    .flatMap((operation) => continuationsOf(operation, continuations))
    .map(
      ({ threadId }) =>
        `session ${threadId} is a fork of ${own}: Codex shows its inherited turns only after that session was opened; verify --with-codex opens it`,
    );
}

/** Of a rollout, when the operation is taken back; null for another operation. */
function bytesThatStay(operation: Operation): number | null {
  if (operation.kind === 'append_file') return operation.before.size;
  return operation.kind === 'create_file' ? (operation.held ?? 0) : null;
}

function continuationsOf(operation: Operation, continuations: Continuations): Continuation[] {
  const rolloutId = operation.kind === 'row' ? undefined : parseRolloutName(baseName(operation.path))?.rolloutId;
  return continuations.get(rolloutId ?? '') ?? [];
}
