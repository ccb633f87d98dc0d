import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { JournalManifest } from '../../adapters/journal/journal_folder.ts';
import { type ScannedJournal, scanJournals } from '../../adapters/journal/journal_scan.ts';
import { listTransferJournals, type TransferJournal } from '../../adapters/journal/transfer_journal.ts';
import { timeOfTransaction } from '../../domain/ids/transaction_id.ts';

export type ListedTransaction = {
  transaction_id: string;
  created_at: string;
  /** `unreadable` where its journal cannot be read; `problem` says why. */
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
  problem: string | null;
};

const DAY = 86_400_000;

/** Newest first. The sibling's transactions are listed, never touched. */
export function listTransactions(home: CodexHome, now: Date): ListedTransaction[] {
  const own = scanJournals(home.path).flatMap((journal) => ownTransaction(journal, now) ?? []);
  const sibling = listTransferJournals(home.path).map((journal) => siblingTransaction(journal, now));
  return merged(own, sibling);
}

const NOTHING = { package: null, rolls_back: null, plan_summary: {}, threads: [], skills: [] };

function ownTransaction({ folder, state, manifest, problem }: ScannedJournal, now: Date): ListedTransaction | null {
  if (state === 'abandoned') return null;
  const transaction_id = folder.id;
  const created_at = manifest?.created_at ?? new Date(timeOfTransaction(transaction_id)).toISOString();
  const size = { bytes: bytesOf(folder), age_days: ageOf(created_at, now) };
  const own = { transaction_id, created_at, written_by: 'codex-session-sync' as const, ...size };
  if (!manifest) return { ...NOTHING, ...own, status: 'unreadable', command: '', problem: problem?.message ?? null };
  const { status, command, rolls_back, plan_summary, threads, skills = [] } = manifest;
  return { ...own, status, command, package: manifest.package, rolls_back, plan_summary, threads, skills, problem: null };
}

function siblingTransaction({ folder: _, packageRoot: __, ...journal }: TransferJournal, now: Date): ListedTransaction {
  const age_days = ageOf(journal.created_at, now);
  return { ...NOTHING, ...journal, command: 'install', written_by: 'codex-session-transfer', age_days };
}

/** A folder that may not be read is no reason not to list it. */
function bytesOf(folder: { bytes(): number }): number {
  try {
    return folder.bytes();
  } catch {
    return 0;
  }
}

const ageOf = (created_at: string, now: Date): number =>
  Math.max(0, Math.floor((now.getTime() - Date.parse(created_at)) / DAY) || 0);

/** Ours are in the order of their ids already; between them the sibling's go by what the clock said. */
function merged(own: ListedTransaction[], sibling: ListedTransaction[]): ListedTransaction[] {
  const timed = [
    ...own.map((one) => ({ one, time: timeOfTransaction(one.transaction_id) })),
    ...sibling.map((one) => ({ one, time: Date.parse(one.created_at) || 0 })),
  ];
  return timed.sort((a, b) => b.time - a.time).map(({ one }) => one);
}
