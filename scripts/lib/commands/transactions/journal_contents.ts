// What the operations of each journal tell. Of the operations themselves nothing is held.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { JournaledOperation } from '../../adapters/journal/journal_folder.ts';
import { isCommitted, type ScannedJournal, scanJournals, unreadable } from '../../adapters/journal/journal_scan.ts';
import { baseName, isCompressed, parseRolloutName } from '../../domain/ids/rollout_name.ts';
import type { AppendPoint, Operation, RowOperation } from '../../domain/operation/operation.ts';

/** The bytes that a transaction put into a rollout, from `from` to `to`, and the time that the file got with them. */
export type WrittenRange = { file: string; from: number; to: number; mtime: number; digest: string };

/**
 * `sidecarRows`: of those that reached their commit point. `written`, by local session: null where the transaction took bytes away. `backups`:
 * names of the files that it put aside. Both only of those that are not rolled back.
 */
export type JournalContents = ScannedJournal & {
  sidecarRows: RowOperation[];
  written: Map<string, WrittenRange | null>;
  backups: string[];
};

/** Newest first. */
export const readJournals = (home: CodexHome): JournalContents[] => scanJournals(home.path).map(contentsOf);

function contentsOf(journal: ScannedJournal): JournalContents {
  const nothing = { sidecarRows: [], written: new Map(), backups: [] };
  if (!isCommitted(journal)) return { ...journal, ...nothing };
  try {
    const operations = journal.folder.readOperations();
    const sidecarRows = operations.flatMap(sidecarRowOf);
    if (journal.state === 'rolled_back') return { ...journal, ...nothing, sidecarRows };
    return { ...journal, sidecarRows, written: writtenIn(operations), backups: operations.flatMap(backupOf) };
  } catch (error) {
    return { ...unreadable(journal.folder, error), ...nothing };
  }
}

const backupOf = ({ operation }: JournaledOperation): string[] =>
  operation.kind === 'remove_file' || operation.kind === 'truncate_file' ? [operation.kept] : [];

const sidecarRowOf = ({ operation }: JournaledOperation): RowOperation[] =>
  operation.kind === 'row' && operation.database === 'sidecar' ? [operation] : [];

/** Whatever transactions that are not rolled back put into each local session's rollouts, newest first. */
export function allWrites(journals: JournalContents[]): Map<string, WrittenRange[]> {
  const all = new Map<string, WrittenRange[]>();
  for (const [threadId, range] of journals.flatMap(({ written }) => [...written]))
    if (range) all.set(threadId, [...(all.get(threadId) ?? []), range]);
  return all;
}

/** By local session, of the newest transaction that wrote its rollout and is not rolled back. */
export function lastWrites(journals: JournalContents[]): Map<string, WrittenRange> {
  const newest = new Map(journals.toReversed().flatMap(({ written }) => [...written]));
  return new Map([...newest].flatMap(([threadId, range]) => (range ? [[threadId, range] as const] : [])));
}

/** A compressed rollout is taken away before the plain one is made: what was made counts. */
function writtenIn(operations: JournaledOperation[]): JournalContents['written'] {
  const written: JournalContents['written'] = new Map();
  for (const { thread_id, operation } of operations) {
    const range = rangeOf(operation);
    if (thread_id !== null && range !== undefined) written.set(thread_id, range ?? written.get(thread_id) ?? null);
  }
  return written;
}

/** Null where bytes went, or are compressed; undefined for what is about no rollout's bytes. */
function rangeOf(operation: Operation): WrittenRange | null | undefined {
  if (operation.kind === 'row' || !parseRolloutName(baseName(operation.path))) return undefined;
  switch (operation.kind) {
    case 'append_file':
      return rangeFrom(operation, operation.before.size, operation.appended);
    case 'create_file':
      return isCompressed(operation.path) ? null : rangeFrom(operation, 0, operation.after.digest);
    case 'truncate_file':
    case 'remove_file':
      return null;
    default:
      return undefined;
  }
}

const rangeFrom = ({ path, after }: { path: string; after: AppendPoint }, from: number, digest: string): WrittenRange => ({
  file: path,
  from,
  to: after.size,
  mtime: after.mtime,
  digest,
});
