import path from 'node:path';
import { isHot, listJournals } from '../adapters/journal_folder.ts';
import type { FindDatabase } from './apply.ts';
import { undoAll } from './undo.ts';

export type Recovered = { transaction_id: string; outcome: 'undone' | 'tidied' };

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
    return [{ transaction_id: path.basename(journal.path), outcome: manifest ? 'undone' : 'tidied' }];
  });
}
