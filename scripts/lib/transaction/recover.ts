import path from 'node:path';
import type { CodexLocks } from '../adapters/codex_locks.ts';
import { hasDatabase, logOf } from '../adapters/database_logs.ts';
import { isHot, type JournalFolder, listJournals } from '../adapters/journal_folder.ts';
import { SyncError } from '../domain/errors.ts';
import { type FindDatabase, withDatabase } from './apply.ts';
import { lockTouched, requireNoHolder, rolloutsIn, warningsOf } from './thread_locks.ts';
import { undoAll, wouldUndo } from './undo.ts';

/** `warnings`: what could not be made sure of meanwhile. */
export type Recovered = { transaction_id: string; outcome: 'undone' | 'tidied'; warnings: string[] };

/**
 * Brings the home to the state before every transaction that did not reach its commit point. A folder without a manifest never
 * changed anything and is only removed. Newest first, so that what was done last is undone first.
 */
export function recover(home: string, find: FindDatabase, environment: NodeJS.ProcessEnv = process.env): Recovered[] {
  const recovered = listJournals(home).flatMap((journal): Recovered[] => {
    const manifest = journal.readManifest();
    if (!isHot(manifest)) {
      journal.dropLeftovers();
      return [];
    }
    const warnings = manifest ? undoHot(home, journal, find, environment) : [];
    journal.remove();
    return [{ transaction_id: path.basename(journal.path), outcome: manifest ? 'undone' : 'tidied', warnings }];
  });
  settle(find('sidecar'));
  return recovered;
}

/** Whoever died inside the sidecar's commit left a journal; whoever may write rolls it back. One that is damaged is for `rebuild-sidecar`. */
function settle(sidecar: string): void {
  if (!hasDatabase(sidecar) || logOf(sidecar) !== 'journal') return;
  try {
    withDatabase(sidecar, () => {});
  } catch {
    // `sidecar-health` names it.
  }
}

/** The run that was interrupted held locks that died with it: a Codex may have opened since what it had half written. */
function undoHot(home: string, journal: JournalFolder, find: FindDatabase, environment: NodeJS.ProcessEnv): string[] {
  const operations = journal.readOperations();
  const touched = rolloutsIn(operations.filter((entry) => wouldUndo(entry, journal)));
  const locks = orBlocked((): CodexLocks => lockTouched(home, touched));
  try {
    orBlocked(() => requireNoHolder(home, touched, locks.threads, environment));
    undoAll(operations, journal, find);
  } finally {
    locks.release();
  }
  return warningsOf(locks);
}

function orBlocked<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof SyncError) || error.code !== 'session_busy') throw error;
    throw new SyncError(
      'recovery_blocked',
      'An interrupted transaction cannot be undone now: a session that it had written is open in Codex.',
      {
        where: String(error.where),
        hint: 'close it in Codex and run the same command again',
        cause: error,
      },
    );
  }
}
