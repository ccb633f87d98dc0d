// Reverses a completed transaction by a transaction of its own: the inverse operations, last one first, of sessions that are still
// as that transaction left them.

import fs from 'node:fs';
import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { digestFile, statFile } from '../adapters/disk.ts';
import {
  findJournal,
  type JournaledOperation,
  type JournalFolder,
  type JournalManifest,
  listJournals,
} from '../adapters/journal_folder.ts';
import { LineReader } from '../adapters/line_reader.ts';
import { readProjection } from '../adapters/local_home.ts';
import { openForReading, selectRows } from '../adapters/sqlite.ts';
import { findHolders, type Holders } from '../adapters/thread_holders.ts';
import { SyncError } from '../domain/errors.ts';
import { type DatabaseName, inverseOf, type Operation, type Row } from '../domain/operation.ts';
import { readHead, weigh } from '../domain/rollout_line.ts';
import { baseName, parseRolloutName } from '../domain/rollout_name.ts';
import { changesBetween } from '../transaction/apply.ts';
import { recover } from '../transaction/recover.ts';
import { stageCopy } from '../transaction/stage.ts';
import { transact } from '../transaction/transact.ts';
import { withWriterLock } from '../transaction/writer_lock.ts';

export type RollbackRequest = { transactionId: string | null; latest: boolean; threadIds: string[]; execute: boolean };

export type RolledBackThread = { thread_id: string; title: string; outcome: 'rolled_back' | 'refused' | 'busy'; reason: string };

export type RollbackResult = {
  mode: 'dry-run' | 'executed';
  target: JournalManifest;
  threads: RolledBackThread[];
  transactionId: string | null;
};

export function rollback(home: CodexHome, request: RollbackRequest, environment: NodeJS.ProcessEnv, now: Date): RollbackResult {
  if (!request.execute) return plan(home, request, environment);
  return withWriterLock(home.path, () => {
    recover(home.path, (name) => databaseFile(home, name));
    return carryOut(home, plan(home, request, environment), now);
  });
}

type RollbackPlan = RollbackResult & { folder: JournalFolder; operations: JournaledOperation[] };

function plan(home: CodexHome, request: RollbackRequest, environment: NodeJS.ProcessEnv): RollbackPlan {
  const { folder, manifest } = selectTarget(home, request);
  const operations = withoutRolledBack(home, manifest, folder.readOperations());
  const threads = judgeThreads(home, manifest, operations, request.threadIds, environment);
  return { mode: 'dry-run', target: manifest, threads, transactionId: null, folder, operations };
}

function carryOut(home: CodexHome, { target, threads, folder, operations }: RollbackPlan, now: Date): RollbackResult {
  const accepted = new Set(threads.filter(({ outcome }) => outcome === 'rolled_back').map(({ thread_id }) => thread_id));
  const result: RollbackResult = { mode: 'executed', target, threads, transactionId: null };
  if (accepted.size === 0) return result;
  const isWhole = operations.every(({ thread_id }) => thread_id === null || accepted.has(thread_id));
  const chosen = operations.filter(({ thread_id }) => (thread_id === null ? isWhole : accepted.has(thread_id)));
  const { transactionId } = transact({
    home: home.path,
    now,
    findDatabase: (name) => databaseFile(home, name),
    manifest: {
      command: 'rollback',
      plan_digest: target.plan_digest,
      plan_summary: { rolled_back: accepted.size },
      package: target.package,
      rolls_back: target.transaction_id,
      threads: target.threads
        .filter(({ thread_id }) => accepted.has(thread_id))
        .map((thread) => ({ ...thread, action: 'rollback' })),
    },
    stage: (journal) => inverted(home, chosen, folder, journal),
    beforeFirstChange: () => {},
  });
  if (isWhole) folder.writeManifest({ ...target, status: 'rolled_back', rolled_back_at: now.toISOString() });
  return { ...result, transactionId };
}

function selectTarget(
  home: CodexHome,
  { transactionId, latest }: RollbackRequest,
): { folder: JournalFolder; manifest: JournalManifest } {
  if ((transactionId !== null) === latest)
    throw new SyncError('usage', 'Say which transaction: --transaction-id ID, or --latest.');
  const target = transactionId ? findJournal(home.path, transactionId) : latestCompleted(home);
  if (target.manifest.status !== 'completed') {
    throw new SyncError(
      'transaction_not_reversible',
      `Transaction ${target.manifest.transaction_id} is ${target.manifest.status}.`,
      { hint: 'list-transactions shows which are completed' },
    );
  }
  return target;
}

/** The newest one that changed something and was not itself a rollback. */
function latestCompleted(home: CodexHome): { folder: JournalFolder; manifest: JournalManifest } {
  for (const folder of listJournals(home.path)) {
    const manifest = folder.readManifest();
    if (manifest?.status === 'completed' && manifest.rolls_back === null) return { folder, manifest };
  }
  throw new SyncError('transaction_not_found', 'There is no completed transaction to roll back.', { where: home.path });
}

/** Sessions that an earlier, partial rollback of the same transaction took back are done. */
function withoutRolledBack(home: CodexHome, target: JournalManifest, operations: JournaledOperation[]): JournaledOperation[] {
  const done = new Set(
    listJournals(home.path)
      .map((journal) => journal.readManifest())
      .filter((manifest) => manifest?.status === 'completed' && manifest.rolls_back === target.transaction_id)
      .flatMap((manifest) => manifest?.threads.map(({ thread_id }) => thread_id) ?? []),
  );
  return operations.filter(({ thread_id }) => thread_id === null || !done.has(thread_id));
}

function judgeThreads(
  home: CodexHome,
  target: JournalManifest,
  operations: JournaledOperation[],
  wanted: string[],
  environment: NodeJS.ProcessEnv,
): RolledBackThread[] {
  const touched = [...new Set(operations.flatMap(({ thread_id }) => thread_id ?? []))];
  const missing = wanted.filter((id) => !touched.includes(id));
  if (missing.length > 0)
    throw new SyncError('nothing_selected', `Transaction ${target.transaction_id} did not change ${missing.join(', ')}.`);
  const holders = findHolders(home.path, environment);
  return touched
    .filter((id) => wanted.length === 0 || wanted.includes(id))
    .map((thread_id) => {
      const title = target.threads.find((thread) => thread.thread_id === thread_id)?.title ?? '';
      const own = operations.filter((entry) => entry.thread_id === thread_id).map(({ operation }) => operation);
      return { thread_id, title, ...judge(home, thread_id, own, holders) };
    });
}

function judge(
  home: CodexHome,
  threadId: string,
  operations: Operation[],
  holders: Holders,
): Pick<RolledBackThread, 'outcome' | 'reason'> {
  const file = operations.find((operation) => operation.kind === 'create_file' || operation.kind === 'append_file');
  const held = file ? holders.isHeld(threadId, file.path) : null;
  if (held) return { outcome: 'busy', reason: held };
  const problem = operations.map((operation) => problemWith(home, operation)).find((found) => found !== null);
  return problem ? { outcome: 'refused', reason: problem } : { outcome: 'rolled_back', reason: 'unchanged since' };
}

/** Why an operation cannot be taken back; null where its target is as it was left, or differs by bookkeeping only. */
function problemWith(home: CodexHome, operation: Operation): string | null {
  switch (operation.kind) {
    case 'create_file':
      return problemWithFile(operation.path, 0, operation.after.size, operation.after.digest);
    case 'append_file':
      return problemWithFile(operation.path, operation.before.size, operation.after.size, operation.appended);
    case 'row':
      return operation.database === 'state' && operation.table === 'threads' && operation.after
        ? problemWithRow(home, operation.key, operation.after)
        : null;
    default:
      return null;
  }
}

function problemWithFile(file: string, start: number, end: number, digest: string): string | null {
  const size = statFile(file)?.size;
  if (size === undefined) return 'its rollout is gone (deleted or archived since)';
  if (size < end || digestFile(file, start, end) !== digest) return 'its rollout was rewritten since';
  return size > end && hasGoneOn(file, end) ? 'the session went on since' : null;
}

/** Lines that Codex writes by merely opening a thread are no reason to refuse; they are kept in the journal. */
function hasGoneOn(file: string, from: number): boolean {
  const reader = new LineReader(file, { offset: from });
  try {
    for (let line = reader.next(); line; line = reader.next()) {
      if (line.bytes.length > 0 && weigh(line.bytes, readHead(line.bytes), false) !== 'bookkeeping') return true;
    }
    return false;
  } finally {
    reader.close();
  }
}

/** What a user changes in Codex; everything else in a row Codex may refresh by itself. */
const CHANGED_BY_USERS = ['name', 'archived', 'is_pinned', 'thread_section_id'];

function problemWithRow(home: CodexHome, key: Row, after: Row): string | null {
  const row = readRow(home, 'state', 'threads', key);
  const changed = row ? CHANGED_BY_USERS.filter((column) => column in after && row[column] !== after[column]) : [];
  return changed.length > 0 ? `its ${changed.join(' and ')} changed since` : null;
}

/** The inverse operations against the home as it is now; what they need is put into the new journal's folder. */
function inverted(
  home: CodexHome,
  operations: JournaledOperation[],
  from: JournalFolder,
  journal: JournalFolder,
): JournaledOperation[] {
  const folders: JournaledOperation[] = [];
  const inverses: JournaledOperation[] = [];
  for (const { thread_id, operation } of operations.toReversed()) {
    for (const inverse of invertedNow(home, operation, from, journal, inverses.length)) {
      (inverse.kind === 'remove_directory' ? folders : inverses).push({ thread_id, operation: inverse });
    }
  }
  return [...inverses, ...folders];
}

function invertedNow(
  home: CodexHome,
  operation: Operation,
  from: JournalFolder,
  journal: JournalFolder,
  count: number,
): Operation[] {
  const inverse = inverseOf(operation);
  switch (inverse?.kind) {
    case undefined:
      return [];
    case 'row':
      return [rowBack(home, inverse)];
    case 'remove_file': {
      const now = statFile(inverse.path);
      const before = now ? { size: now.size, mtime: now.mtime, digest: digestFile(inverse.path) } : inverse.before;
      return [{ ...inverse, kept: `backups/${count}`, before }, ...dropProjection(home, inverse.path)];
    }
    case 'truncate_file': {
      const now = statFile(inverse.path) as { size: number; mtime: number };
      const appended = digestFile(inverse.path, inverse.after.size);
      return [
        { ...inverse, kept: `backups/${count}`, before: { size: now.size, mtime: now.mtime }, appended },
        ...dropProjection(home, inverse.path),
      ];
    }
    case 'create_file':
    case 'append_file': {
      const staged = `staged/${count}`;
      stageCopy(from.file(inverse.staged), journal.file(staged));
      return [{ ...inverse, staged }];
    }
    default:
      return inverse ? [inverse] : [];
  }
}

/** Columns that this transaction did not write keep what Codex or the user gave them since. */
function rowBack(home: CodexHome, inverse: Extract<Operation, { kind: 'row' }>): Operation {
  const { database, table, key, before, after } = inverse;
  const current = readRow(home, database, table, key);
  if (!current || !before || !after) return { ...inverse, before: current };
  return { ...inverse, before: current, after: { ...current, ...changesBetween(before, after) } };
}

function readRow(home: CodexHome, database: DatabaseName, table: string, key: Row): Row | null {
  const open = openForReading(databaseFile(home, database));
  if (!open) return null;
  try {
    return selectRows(open, table, key)[0] ?? null;
  } finally {
    open.close();
  }
}

/** A file that gets shorter or goes: what Codex projected of it would otherwise hide every later turn (0.151+). */
function dropProjection(home: CodexHome, rollout: string): Operation[] {
  const name = parseRolloutName(baseName(rollout));
  if (!name || !fs.existsSync(databaseFile(home, 'history'))) return [];
  const rows = readProjection(home, [name.segmentId ?? name.threadId]);
  return rows.map(
    ({ table, row }): Operation => ({ kind: 'row', database: 'history', table, key: row, before: row, after: null }),
  );
}
