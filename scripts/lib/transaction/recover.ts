import path from 'node:path';
import { type JournalFolder, type JournalManifest, listJournals } from '../adapters/journal_folder.ts';
import type { FindDatabase } from './apply.ts';
import { undoAll } from './transact.ts';

export type Recovered = { transaction_id: string; outcome: 'interrupted' | 'undone' | 'tidied' };

const transactionIdOf = (journal: JournalFolder): string => path.basename(journal.path);
const isHot = (manifest: JournalManifest | null): boolean => manifest === null || manifest.status === 'prepared';

/** Transactions that did not reach their commit point. */
export const findHot = (home: string): Recovered[] =>
  listJournals(home)
    .filter((journal) => isHot(journal.readManifest()))
    .map((journal) => ({ transaction_id: transactionIdOf(journal), outcome: 'interrupted' }));

/**
 * Brings the home to the state before every transaction that did not reach its commit point. A folder without a manifest never
 * changed anything and is only removed. Newest first, so that what was done last is undone first.
 */
export function recover(home: string, find: FindDatabase): Recovered[] {
  return listJournals(home).flatMap((journal): Recovered[] => {
    const manifest = journal.readManifest();
    if (!isHot(manifest)) {
      journal.dropStaged();
      return [];
    }
    if (manifest) undoAll(journal.readOperations(), journal, find);
    journal.remove();
    return [{ transaction_id: transactionIdOf(journal), outcome: manifest ? 'undone' : 'tidied' }];
  });
}
