// The journals of a home, newest first, as far as each can be read. Other folders beside them are not ours.

import fs from 'node:fs';
import { Interrupted, SyncError } from '../../domain/codes/errors.ts';
import { isTransactionId } from '../../domain/ids/transaction_id.ts';
import { exists } from '../paths/entries.ts';
import { JournalFolder, type JournalManifest, journalRoot } from './journal_folder.ts';

export function listJournals(home: string): JournalFolder[] {
  const root = journalRoot(home);
  if (!exists(root)) return [];
  return fs
    .readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && isTransactionId(entry.name))
    .map(({ name }) => name)
    .sort()
    .reverse()
    .map((name) => new JournalFolder(home, name))
    .filter((journal) => journal.isOurs());
}

/** `abandoned`: without its manifest it had changed nothing, or is half deleted. */
export type JournalState = 'abandoned' | 'interrupted' | 'completed' | 'rolled_back' | 'unreadable';

/** `problem`: why it cannot be read. */
export type ScannedJournal = {
  folder: JournalFolder;
  state: JournalState;
  manifest: JournalManifest | null;
  problem: Error | null;
};

/** Reads the manifests only. One that cannot be read does not hide the others. */
export const scanJournals = (home: string): ScannedJournal[] => listJournals(home).map(scan);

function scan(folder: JournalFolder): ScannedJournal {
  try {
    const manifest = folder.readManifest();
    return { folder, state: stateOf(manifest), manifest, problem: null };
  } catch (error) {
    return unreadable(folder, error);
  }
}

const stateOf = (manifest: JournalManifest | null): JournalState =>
  manifest === null ? 'abandoned' : manifest.status === 'prepared' ? 'interrupted' : manifest.status;

export function unreadable(folder: JournalFolder, error: unknown): ScannedJournal {
  if (error instanceof Interrupted) throw error;
  return { folder, state: 'unreadable', manifest: null, problem: error as Error };
}

export type CommittedJournal = ScannedJournal & { state: 'completed' | 'rolled_back'; manifest: JournalManifest };

/** Whether it reached its commit point, rolled back since or not. */
export const isCommitted = <Journal extends ScannedJournal>(journal: Journal): journal is Journal & CommittedJournal =>
  journal.state === 'completed' || journal.state === 'rolled_back';

/** Ids of the transactions that were interrupted and are not undone yet, and of those that cannot be read and may be. */
export const findHot = (home: string): string[] =>
  listJournals(home)
    .filter((journal) => journal.mayBeHot())
    .map(({ id }) => id);

/** A dry run does not recover; it says what the run itself would do first. */
export const warnOfInterrupted = (home: string): string[] =>
  findHot(home).map((id) => `transaction ${id} was interrupted and is not yet undone: run recover --execute`);

export function findJournal(home: string, transactionId: string): { folder: JournalFolder; manifest: JournalManifest } {
  const folder = listJournals(home).find(({ id }) => id === transactionId);
  const manifest = folder?.readManifest();
  if (folder && manifest) return { folder, manifest };
  throw new SyncError('transaction_not_found', `Transaction ${transactionId} does not exist.`, {
    where: journalRoot(home),
    hint: 'list-transactions shows those that are',
  });
}
