import type { CodexHome } from '../adapters/codex_home.ts';
import { type JournalManifest, listJournals, listTransferJournals } from '../adapters/journal_folder.ts';

export type ListedTransaction = {
  transaction_id: string;
  created_at: string;
  status: string;
  command: string;
  written_by: 'codex-session-sync' | 'codex-session-transfer';
  package: string | null;
  rolls_back: string | null;
  plan_summary: Record<string, number>;
  threads: JournalManifest['threads'];
};

/** Newest first. The sibling's transactions are listed, never touched. */
export function listTransactions(home: CodexHome): ListedTransaction[] {
  const own = listJournals(home.path)
    .flatMap((journal) => journal.readManifest() ?? [])
    .map((manifest): ListedTransaction => {
      const { transaction_id, created_at, status, command, plan_summary, threads } = manifest;
      return {
        transaction_id,
        created_at,
        status,
        command,
        written_by: 'codex-session-sync',
        package: manifest.package,
        rolls_back: manifest.rolls_back,
        plan_summary,
        threads,
      };
    });
  const sibling = listTransferJournals(home.path).map(
    (manifest): ListedTransaction => ({
      ...manifest,
      command: 'install',
      written_by: 'codex-session-transfer',
      package: null,
      rolls_back: null,
      plan_summary: {},
      threads: [],
    }),
  );
  return [...own, ...sibling].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
}
