// One transaction from plan to commit. The steps are numbered as in references/transaction.md.
//   1 stage     write every new byte to sync-journal/<id>/staged/          fails: the folder is removed, nothing was changed
//   2 prepare   hold Codex's locks, look who has a rollout open; write and
//               sync operations.jsonl, then manifest.json                  fails: as 1
//   3 files     folders, moves, appends, index lines                       fails: undo in reverse
//   4 rows      one SQLite transaction each: state, history, goals, sidecar fails: undo in reverse
//   5 commit    manifest.json says completed, by one rename                after it, nothing counts as failed
//   6 tidy      give the locks back, drop what was staged

import { v7 as uuidv7 } from 'uuid';
import { type CodexHome, databaseFile } from '../adapters/codex_home/codex_home.ts';
import { failAfter } from '../adapters/disk/removal.ts';
import { type JournaledOperation, JournalFolder, type JournalManifest } from '../adapters/journal/journal_folder.ts';
import { listJournals } from '../adapters/journal/journal_scan.ts';
import { pastInterruption, toTheEnd } from '../adapters/run/interruption.ts';
import { trace } from '../adapters/run/trace.ts';
import { SyncError } from '../domain/codes/errors.ts';
import { nextTransactionTime } from '../domain/ids/transaction_id.ts';
import type { DatabaseName } from '../domain/operation/operation.ts';
import { shownTitle } from '../domain/thread/shown_title.ts';
import { applyAll } from './apply.ts';
import { lockChanged, requireFree, warningsOf } from './exclusion/thread_locks.ts';
import { requireWritable } from './operations/require_writable.ts';
import { type FindDatabase, requireUnlocked } from './operations/rows.ts';
import { requireSpace, type SpaceNeeded } from './space/free_space.ts';
import { undoAll } from './undo.ts';

/** What the request says of itself in the journal. */
export type RequestedManifest = Pick<
  JournalManifest,
  'command' | 'plan_digest' | 'plan_summary' | 'package' | 'rolls_back' | 'threads' | 'skills' | 'extensions'
>;

export type TransactionRequest = {
  manifest: RequestedManifest;
  spaceNeeded: SpaceNeeded[];
  /** Writes what the operations need into the journal's folder, and returns the operations. */
  stage(journal: JournalFolder): JournaledOperation[];
  /** Called when everything is staged and nothing is changed: the last moment to refuse. */
  beforeFirstChange?(): void;
};

type Transacted = { transactionId: string; warnings: string[] };

/** One run of it. `find`: the file of a database. */
type Run = { home: CodexHome; journal: JournalFolder; operations: JournaledOperation[]; find: FindDatabase };

export function transact(home: CodexHome, request: TransactionRequest, now: Date): Transacted {
  requireSpace(request.spaceNeeded);
  const journal = new JournalFolder(home.path, nextId(home.path, now));
  const operations = orRemove(journal, () => {
    journal.create();
    return request.stage(journal);
  });
  const run: Run = { home, journal, operations, find: (name) => databaseFile(home, name) };
  const locks = orRemove(journal, () => lockChanged(home.path, operations));
  try {
    const manifest = orRemove(journal, () => prepare(run, request, locks.threads, now));
    applyAndCommit(run, manifest);
  } finally {
    locks.release();
  }
  return { transactionId: journal.id, warnings: warningsOf(locks) };
}

/** Ids grow with every transaction, also within a millisecond and after the clock was set back. */
function nextId(home: string, now: Date): string {
  const [newest] = listJournals(home);
  return uuidv7({ msecs: nextTransactionTime(newest?.id ?? null, now.getTime()) });
}

/** A failure before the first change leaves nothing behind. */
function orRemove<Result>(journal: JournalFolder, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    failAfter(error, () => toTheEnd(() => journal.remove()));
  }
}

/** `locked`: threads that Codex cannot open any more. */
function prepare(
  { home, journal, operations, find }: Run,
  request: TransactionRequest,
  locked: ReadonlySet<string>,
  now: Date,
): JournalManifest {
  requireWritable(operations, find);
  requireUnlocked(operations, find);
  requireFree(home, operations, locked);
  request.beforeFirstChange?.();
  journal.writeOperations(operations);
  const manifest: JournalManifest = {
    schema_version: 1,
    transaction_id: journal.id,
    created_at: now.toISOString(),
    status: 'prepared',
    codex_home: home.path,
    operations: operations.length,
    ...request.manifest,
    threads: request.manifest.threads.map((thread) => ({ ...thread, title: shownTitle(thread.title) })),
  };
  journal.writeManifest(manifest);
  return manifest;
}

function applyAndCommit({ journal, operations, find }: Run, manifest: JournalManifest): void {
  const written = new Set<DatabaseName>();
  const undo = (error: unknown): never => {
    trace('undo', () => said(error));
    toTheEnd(() => orKeepHot(error, journal, () => undoAll(operations, journal, find, written)));
    failAfter(error, () => toTheEnd(() => journal.remove()));
  };
  try {
    applyAll(operations, journal, find, written);
  } catch (error) {
    undo(error);
  }
  commit(journal, manifest, undo);
}

/** Where undoing fails too, the error tells both failures, and the journal stays for `recover`. */
function orKeepHot(error: unknown, journal: JournalFolder, undo: () => void): void {
  try {
    undo();
  } catch (second) {
    throw new SyncError('recovery_blocked', `The run failed (${said(error)}), and undoing it failed too (${said(second)}).`, {
      where: second instanceof SyncError && second.where ? second.where : journal.path,
      hint: 'the journal is kept: once the cause is gone, `recover --execute` or the next command that writes finishes the undo',
      cause: new AggregateError([error, second]),
    });
  }
}

const said = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * The rename is the commit point, not the sync of its folder: what the manifest says counts, as it would for the next command. Where it
 * cannot even be read nothing is undone, since a committed run must not be. What was staged stays until a rename is known to be durable.
 */
function commit(journal: JournalFolder, manifest: JournalManifest, undo: (error: unknown) => never): void {
  let isDurable = true;
  try {
    toTheEnd(() => journal.writeManifest({ ...manifest, status: 'completed', completed_at: new Date().toISOString() }));
  } catch (error) {
    if (journal.readManifest()?.status !== 'completed') undo(error);
    isDurable = false;
  }
  pastInterruption();
  if (isDurable) tidy(journal);
}

function tidy(journal: JournalFolder): void {
  try {
    journal.dropLeftovers();
  } catch {
    // The next writing command drops it.
  }
}
