import { type CodexHome, databaseFile } from '../adapters/codex_home/codex_home.ts';
import { closeFolders } from '../adapters/disk/file_modes.ts';
import { isHot, type JournalFolder } from '../adapters/journal/journal_folder.ts';
import { listJournals } from '../adapters/journal/journal_scan.ts';
import type { CodexLocks } from '../adapters/locks/codex_locks.ts';
import { toTheEnd } from '../adapters/run/interruption.ts';
import { trace } from '../adapters/run/trace.ts';
import { hasDatabase, logOf } from '../adapters/sqlite/database_logs.ts';
import type { Database } from '../adapters/sqlite/sqlite_connection.ts';
import { hasErrorCode, SyncError } from '../domain/codes/errors.ts';
import { lockTouched, requireNoHolder, rolloutsIn, warningsOf } from './exclusion/thread_locks.ts';
import { withDatabase } from './operations/rows.ts';
import { wouldUndo } from './operations/undo_file.ts';
import { undoAll } from './undo.ts';

/** `warnings`: locks that could not be held meanwhile, and what an unreadable journal leaves undone. */
export type Recovered = { transaction_id: string; outcome: 'undone' | 'tidied' | 'set_aside' | 'unreadable'; warnings: string[] };

/** What happens to a journal that cannot be read. Only the user's own `recover` sets it aside. */
export type OnUnreadable = 'stop' | 'set_aside';

/**
 * Brings the home to the state before every transaction that did not reach its commit point. A folder without a manifest never
 * changed anything and is only removed. Newest first, so that what was done last is undone first. Folders of ours that others can look into
 * are closed on the way.
 */
export function recover(home: CodexHome, onUnreadable: OnUnreadable = 'stop'): Recovered[] {
  const unreadable: SyncError[] = [];
  closeFolders(home.path);
  const recovered = toTheEnd(() =>
    listJournals(home.path).flatMap((journal): Recovered[] => {
      const closed = journal.whyClosed();
      if (closed) {
        if (journal.mayBeHot()) unreadable.push(closed);
        return onUnreadable === 'set_aside' ? [leftClosed(journal, closed)] : [];
      }
      try {
        const recovered = recoverOne(home, journal);
        // A rebuild of the sidecar reads all journals, so those of finished transactions must be readable too.
        if (onUnreadable === 'set_aside' && recovered.length === 0) journal.readOperations();
        return recovered;
      } catch (error) {
        if (!isMalformed(error)) throw error;
        if (onUnreadable === 'set_aside') return [putAside(journal, error)];
        if (journal.mayBeHot()) unreadable.push(error);
        return [];
      }
    }),
  );
  settle(databaseFile(home, 'sidecar'));
  if (unreadable.length > 0) throw cannotBeRead(unreadable);
  return recovered;
}

function recoverOne(home: CodexHome, journal: JournalFolder): Recovered[] {
  const manifest = journal.readManifest();
  if (!isHot(manifest)) {
    journal.dropLeftovers();
    return [];
  }
  trace('recover', () => `${journal.path} ${manifest ? 'was interrupted' : 'had changed nothing'}`);
  const warnings = manifest ? undoHot(home, journal) : [];
  journal.remove();
  return [{ transaction_id: journal.id, outcome: manifest ? 'undone' : 'tidied', warnings }];
}

const isMalformed = (error: unknown): error is SyncError => hasErrorCode(error, 'malformed_document');

const leftClosed = ({ id }: JournalFolder, { message, where, hint }: SyncError): Recovered => ({
  transaction_id: id,
  outcome: 'unreadable',
  warnings: [`transaction ${id} is left alone (${message} ${where}): ${hint}`],
});

function putAside(journal: JournalFolder, { message }: SyncError): Recovered {
  const transaction_id = journal.id;
  const mayBeHot = journal.mayBeHot();
  const place = journal.setAside();
  const left = mayBeHot ? 'Its changes are not undone: `verify` and `sidecar-health` show what is incomplete. ' : '';
  return {
    transaction_id,
    outcome: 'set_aside',
    warnings: [`transaction ${transaction_id} cannot be read (${message}). ${left}Its journal is kept in ${place}`],
  };
}

const cannotBeRead = (errors: SyncError[]): SyncError =>
  new SyncError('recovery_blocked', `${errors.length} journal(s) cannot be read and may belong to an interrupted transaction.`, {
    where: errors.map(({ where, message }) => `${where} (${message})`).join(', '),
    hint: errors.some(({ code }) => code === 'not_permitted')
      ? 'give this user the right to read and write them (chmod, chown), or run the command as the user that they belong to'
      : 'restore them from a backup, or run `recover --execute`, which sets them aside and keeps them',
    cause: errors[0],
  });

/** A process that died in the sidecar's commit left SQLite's journal; opening for a write rolls it back. A damaged one is for `rebuild-sidecar`. */
function settle(sidecar: string): void {
  if (!hasDatabase(sidecar) || logOf(sidecar) !== 'journal') return;
  try {
    withDatabase(sidecar, rewriteVersion);
  } catch {
    // `sidecar-health` reports it.
  }
}

/** A journal whose header never got onto the disk is none for SQLite, which leaves it where it is; a write of its own takes it away. */
const rewriteVersion = (database: Database): void =>
  void database.exec(`PRAGMA user_version = ${database.pragma('user_version', { simple: true })}`);

/** The locks of the interrupted run died with it: since then a Codex may have opened what was half written. */
function undoHot(home: CodexHome, journal: JournalFolder): string[] {
  const operations = journal.readOperations();
  const touched = rolloutsIn(operations.filter(({ operation }) => wouldUndo(operation, journal)));
  const locks = busyAsBlocked((): CodexLocks => lockTouched(home.path, touched));
  try {
    busyAsBlocked(() => requireNoHolder(home, touched, locks.threads));
    undoAll(operations, journal, (name) => databaseFile(home, name));
  } finally {
    locks.release();
  }
  return warningsOf(locks);
}

function busyAsBlocked<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!hasErrorCode(error, 'session_busy')) throw error;
    throw new SyncError(
      'recovery_blocked',
      'An interrupted transaction cannot be undone yet: Codex has one of its sessions open.',
      {
        where: String(error.where),
        hint: 'close it in Codex and run the same command again',
        cause: error,
      },
    );
  }
}
