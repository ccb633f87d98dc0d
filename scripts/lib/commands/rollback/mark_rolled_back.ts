import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { JournalManifest } from '../../adapters/journal/journal_folder.ts';
import { scanJournals } from '../../adapters/journal/journal_scan.ts';
import { type CommittedTransaction, hasEffect, historyOf } from '../transactions/transaction_history.ts';

/**
 * After the commit point: where it fails, the next rollback of that transaction finds what is left, and writes it. A rollback that is taken
 * back makes what it had rolled back `completed` again, and so on down the chain.
 */
export function markChain(home: CodexHome, target: JournalManifest, now: Date): void {
  const history = historyOf(scanJournals(home.path));
  let next: string | null = target.transaction_id;
  while (next) {
    const found: CommittedTransaction | undefined = history.find(({ manifest }) => manifest.transaction_id === next);
    if (found?.touched()) mark(found, hasEffect(history, found), now);
    next = found?.manifest.rolls_back ?? null;
  }
}

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
