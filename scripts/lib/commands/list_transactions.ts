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
  /** Those that it installed, or took away again. */
  skills: NonNullable<JournalManifest['skills']>;
  /** What its journal takes. */
  bytes: number;
  /** Whole days since it was made. */
  age_days: number;
};

const DAY = 86_400_000;

/** Newest first. The sibling's transactions are listed, never touched. */
export function listTransactions(home: CodexHome, now: Date): ListedTransaction[] {
  const age = (created_at: string): number => Math.max(0, Math.floor((now.getTime() - Date.parse(created_at)) / DAY) || 0);
  const own = listJournals(home.path)
    .flatMap((journal) => {
      const manifest = journal.readManifest();
      return manifest ? [{ manifest, bytes: journal.bytes() }] : [];
    })
    .map(({ manifest, bytes }): ListedTransaction => {
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
        skills: manifest.skills ?? [],
        bytes,
        age_days: age(created_at),
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
      skills: [],
      age_days: age(manifest.created_at),
    }),
  );
  return [...own, ...sibling].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
}
