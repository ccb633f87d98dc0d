import type { CodexHome } from '../adapters/codex_home.ts';
import { isHot, type JournalFolder, type JournalManifest, listJournals } from '../adapters/journal_folder.ts';
import { SyncError } from '../domain/errors.ts';
import { isCompressed } from '../domain/rollout_name.ts';

/** The bytes that a transaction put into a rollout, from `from` to `to`. */
export type WrittenEnd = { path: string; from: number; to: number; digest: string };

/** Transactions that are completed and not rolled back, newest first; those that cannot be read are left out. */
export function standingTransactions(home: CodexHome): { journal: JournalFolder; manifest: JournalManifest }[] {
  return listJournals(home.path).flatMap((journal) => {
    try {
      const manifest = journal.readManifest();
      return manifest && !isHot(manifest) && manifest.status === 'completed' ? [{ journal, manifest }] : [];
    } catch (error) {
      if (error instanceof SyncError) return [];
      throw error;
    }
  });
}

/** By local session, of the newest transaction that wrote its rollout and still stands. */
export function lastWrites(home: CodexHome): Map<string, WrittenEnd> {
  const ends = new Map<string, WrittenEnd>();
  const settled = new Set<string>();
  for (const { journal } of standingTransactions(home))
    for (const { thread_id, operation } of operationsOf(journal)) {
      if (thread_id === null || settled.has(thread_id)) continue;
      if (operation.kind === 'append_file')
        ends.set(thread_id, {
          path: operation.path,
          from: operation.before.size,
          to: operation.after.size,
          digest: operation.appended,
        });
      else if (operation.kind === 'create_file' && /\.jsonl$/.test(operation.path) && !isCompressed(operation.path))
        ends.set(thread_id, { path: operation.path, from: 0, to: operation.after.size, digest: operation.after.digest });
      else if (operation.kind !== 'truncate_file' && operation.kind !== 'remove_file') continue;
      settled.add(thread_id);
    }
  return ends;
}

/** None where the list cannot be read: `sidecar-health` says so elsewhere. */
export function operationsOf(journal: JournalFolder): ReturnType<JournalFolder['readOperations']> {
  try {
    return journal.readOperations();
  } catch {
    return [];
  }
}
