// What of a transaction still holds: a rollback takes sessions out of it, and a rollback of that rollback brings them back.

import type { CodexHome } from '../adapters/codex_home.ts';
import { type JournalFolder, type JournalManifest, listJournals } from '../adapters/journal_folder.ts';

/** A transaction that reached its commit point, rolled back since or not. */
export type Past = { folder: JournalFolder; manifest: JournalManifest };

/** Newest first. */
export const readPast = (home: CodexHome): Past[] =>
  listJournals(home.path).flatMap((folder) => {
    const manifest = folder.readManifest();
    return manifest && manifest.status !== 'prepared' ? [{ folder, manifest }] : [];
  });

export const isInEffect = (past: Past[], transactionId: string, threadId: string): boolean =>
  !past.some(
    ({ manifest }) =>
      manifest.rolls_back === transactionId &&
      manifest.threads.some(({ thread_id }) => thread_id === threadId) &&
      isInEffect(past, manifest.transaction_id, threadId),
  );

/**
 * The newest later transaction that still changes a session of this one. A later one and its rollback cancel each other; one that wrote
 * only the sidecar is in nobody's way.
 */
export function laterChange(past: Past[], transactionId: string, threadId: string): string | null {
  const found = past.find(
    ({ folder, manifest: { transaction_id, rolls_back, threads } }) =>
      transaction_id > transactionId &&
      (rolls_back === null || rolls_back < transactionId) &&
      threads.some(({ thread_id }) => thread_id === threadId) &&
      isInEffect(past, transaction_id, threadId) &&
      changes(folder, threadId),
  );
  return found?.manifest.transaction_id ?? null;
}

const changes = (folder: JournalFolder, threadId: string): boolean =>
  folder
    .readOperations()
    .some(
      ({ thread_id, operation }) => thread_id === threadId && !(operation.kind === 'row' && operation.database === 'sidecar'),
    );
