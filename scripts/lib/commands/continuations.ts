// Sessions of this home that continue a part of a rollout: forks and reverts that Codex made here (0.146+). What they continue must stay.

import type { CodexHome } from '../adapters/codex_home.ts';
import { readFirstLine } from '../adapters/rollout_chain.ts';
import { findRollouts } from '../adapters/rollout_files.ts';
import type { Operation } from '../domain/operation.ts';
import { because, type Reason } from '../domain/reason.ts';
import { baseName, parseRolloutName } from '../domain/rollout_name.ts';
import type { HistoryBase } from '../domain/session_meta.ts';

export type Continuation = { threadId: string; base: HistoryBase };

export const findContinuations = (home: CodexHome): Continuation[] =>
  findRollouts(home.path).flatMap(({ threadId, file }) => {
    const base = readFirstLine(file)?.meta.historyBase;
    return base ? [{ threadId, base }] : [];
  });

export function problemWithContinuation(operation: Operation, own: string, continuations: Continuation[]): Reason | null {
  const stays = bytesThatStay(operation);
  if (stays === null) return null;
  const found = continuationsOf(operation, continuations).find(({ base }) => base.endOffset > stays);
  if (!found) return null;
  return found.threadId === own
    ? because('reverted_since', 'it was reverted since')
    : because('forked_since', `session ${found.threadId} was forked from it since`);
}

/**
 * Forks of what stays. Codex shows the turns that a fork inherited from the projection of its parent, which goes with the turns that go, until
 * it has opened the parent again (seen in 0.153.4 and 0.169.0). What the model is sent is whole all the time.
 */
export function forksThatStay(operations: Operation[], own: string, continuations: Continuation[]): string[] {
  const shortened = operations.filter((operation) => (bytesThatStay(operation) ?? 0) > 0);
  return shortened
    .flatMap((operation) => continuationsOf(operation, continuations))
    .map(
      ({ threadId }) =>
        `session ${threadId} is a fork of ${own}: Codex shows the turns that it inherited once that one was opened; verify --with-codex opens it`,
    );
}

/** Of a rollout, when the operation is taken back; null for another operation. */
function bytesThatStay(operation: Operation): number | null {
  if (operation.kind === 'append_file') return operation.before.size;
  return operation.kind === 'create_file' ? (operation.held ?? 0) : null;
}

function continuationsOf(operation: Operation, continuations: Continuation[]): Continuation[] {
  const rolloutId = operation.kind === 'row' ? undefined : parseRolloutName(baseName(operation.path))?.rolloutId;
  return continuations.filter(({ base }) => base.rolloutId === rolloutId);
}
