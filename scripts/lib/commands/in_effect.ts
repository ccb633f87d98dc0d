// What of a transaction still holds: a rollback takes sessions out of it, and a rollback of that rollback brings them back.

import type { CodexHome } from '../adapters/codex_home.ts';
import { type JournalFolder, type JournalManifest, listJournals } from '../adapters/journal_folder.ts';

/** A transaction that reached its commit point, rolled back since or not. `operations` is read at the first question, and once. */
export type Past = {
  folder: JournalFolder;
  manifest: JournalManifest;
  threads: ReadonlySet<string>;
  /** The sessions of its operations, and those of which it changed more than the sidecar's rows. */
  touched(): { all: ReadonlySet<string>; changed: ReadonlySet<string> };
};

/** Newest first. */
export const readPast = (home: CodexHome): Past[] =>
  listJournals(home.path).flatMap((folder) => {
    const manifest = folder.readManifest();
    return manifest && manifest.status !== 'prepared' ? [pastOf(folder, manifest)] : [];
  });

function pastOf(folder: JournalFolder, manifest: JournalManifest): Past {
  let touched: ReturnType<Past['touched']> | null = null;
  return {
    folder,
    manifest,
    threads: new Set(manifest.threads.map(({ thread_id }) => thread_id)),
    touched: () => {
      touched ??= touchedIn(folder);
      return touched;
    },
  };
}

function touchedIn(folder: JournalFolder): ReturnType<Past['touched']> {
  const [all, changed] = [new Set<string>(), new Set<string>()];
  for (const { thread_id, operation } of folder.readOperations()) {
    if (thread_id === null) continue;
    all.add(thread_id);
    if (operation.kind !== 'row' || operation.database !== 'sidecar') changed.add(thread_id);
  }
  return { all, changed };
}

export const isInEffect = (past: Past[], transactionId: string, threadId: string): boolean =>
  !past.some(
    ({ manifest, threads }) =>
      manifest.rolls_back === transactionId && threads.has(threadId) && isInEffect(past, manifest.transaction_id, threadId),
  );

/**
 * The newest later transaction that still changes a session of this one. A later one and its rollback cancel each other; one that wrote
 * only the sidecar is in nobody's way.
 */
export function laterChange(past: Past[], transactionId: string, threadId: string): string | null {
  const found = past.find(
    ({ manifest: { transaction_id, rolls_back }, threads, touched }) =>
      transaction_id > transactionId &&
      (rolls_back === null || rolls_back < transactionId) &&
      threads.has(threadId) &&
      isInEffect(past, transaction_id, threadId) &&
      touched().changed.has(threadId),
  );
  return found?.manifest.transaction_id ?? null;
}
