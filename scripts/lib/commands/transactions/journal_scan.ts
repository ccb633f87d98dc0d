// Every journal of the home, read once and as far as it can be read.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import {
  isHot,
  type JournaledOperation,
  type JournalFolder,
  type JournalManifest,
  listJournals,
} from '../../adapters/journal/journal_folder.ts';
import { Interrupted } from '../../domain/codes/errors.ts';
import { baseName, isCompressed, parseRolloutName } from '../../domain/ids/rollout_name.ts';
import type { AppendPoint, Operation, RowOperation } from '../../domain/operation/operation.ts';

/** The bytes that a transaction put into a rollout, from `from` to `to`, and the time that the file got with them. */
export type WrittenEnd = { file: string; from: number; to: number; mtime: number; digest: string };

/**
 * `sidecarRows`: of those that reached their commit point. `ends`, by local session: null where the transaction took bytes away. `kept`: names
 * of files that it put aside. Both of standing ones only.
 */
export type ScannedJournal = {
  folder: JournalFolder;
  manifest: JournalManifest | null;
  state: 'abandoned' | 'interrupted' | 'standing' | 'rolled_back' | 'unreadable';
  problem: Error | null;
  sidecarRows: RowOperation[];
  ends: Map<string, WrittenEnd | null>;
  kept: string[];
};

/** Newest first. */
export const scanJournals = (home: CodexHome): ScannedJournal[] => listJournals(home.path).map(see);

function see(folder: JournalFolder): ScannedJournal {
  const seen: ScannedJournal = {
    folder,
    manifest: null,
    state: 'abandoned',
    problem: null,
    sidecarRows: [],
    ends: new Map(),
    kept: [],
  };
  try {
    const manifest = folder.readManifest();
    if (manifest === null) return seen;
    if (isHot(manifest)) return { ...seen, manifest, state: 'interrupted' };
    const operations = folder.readOperations();
    const committed = { ...seen, manifest, sidecarRows: operations.flatMap(sidecarRowOf) };
    if (manifest.status === 'rolled_back') return { ...committed, state: 'rolled_back' };
    return { ...committed, state: 'standing', ends: endsOf(operations), kept: operations.flatMap(keptBy) };
  } catch (error) {
    if (error instanceof Interrupted) throw error;
    return { ...seen, state: 'unreadable', problem: error as Error };
  }
}

const keptBy = ({ operation }: JournaledOperation): string[] =>
  operation.kind === 'remove_file' || operation.kind === 'truncate_file' ? [operation.kept] : [];

const sidecarRowOf = ({ operation }: JournaledOperation): RowOperation[] =>
  operation.kind === 'row' && operation.database === 'sidecar' ? [operation] : [];

/** Whatever standing transactions put into each local session's rollouts, newest first. */
export function allWrites(journals: ScannedJournal[]): Map<string, WrittenEnd[]> {
  const all = new Map<string, WrittenEnd[]>();
  for (const { ends } of journals)
    for (const [threadId, end] of ends) if (end) all.set(threadId, [...(all.get(threadId) ?? []), end]);
  return all;
}

/** By local session, of the newest transaction that wrote its rollout and still stands. */
export function lastWrites(journals: ScannedJournal[]): Map<string, WrittenEnd> {
  const newest = new Map(journals.toReversed().flatMap(({ ends }) => [...ends]));
  return new Map([...newest].flatMap(([threadId, end]) => (end ? [[threadId, end] as const] : [])));
}

/** A compressed rollout is taken away before the plain one is made: what was made counts. */
function endsOf(operations: JournaledOperation[]): ScannedJournal['ends'] {
  const ends: ScannedJournal['ends'] = new Map();
  for (const { thread_id, operation } of operations) {
    const end = endOf(operation);
    if (thread_id !== null && end !== undefined) ends.set(thread_id, end ?? ends.get(thread_id) ?? null);
  }
  return ends;
}

/** Null where bytes went, or are compressed; undefined for what is about no rollout's bytes. */
function endOf(operation: Operation): WrittenEnd | null | undefined {
  if (operation.kind === 'row' || !parseRolloutName(baseName(operation.path))) return undefined;
  switch (operation.kind) {
    case 'append_file':
      return endAt(operation, operation.before.size, operation.appended);
    case 'create_file':
      return isCompressed(operation.path) ? null : endAt(operation, 0, operation.after.digest);
    case 'truncate_file':
    case 'remove_file':
      return null;
    default:
      return undefined;
  }
}

const endAt = ({ path, after }: { path: string; after: AppendPoint }, from: number, digest: string): WrittenEnd => ({
  file: path,
  from,
  to: after.size,
  mtime: after.mtime,
  digest,
});
