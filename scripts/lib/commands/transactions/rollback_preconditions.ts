// Which sessions of a transaction can go back: those that are still as it left them.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { type HomeRows, withHomeRows } from '../../adapters/codex_home/home_rows.ts';
import { digestFile, isSamePlace, statFile } from '../../adapters/disk/disk.ts';
import type { JournaledOperation, JournalManifest } from '../../adapters/journal/journal_folder.ts';
import { linesOf } from '../../adapters/lines/line_reader.ts';
import { digestRanges } from '../../adapters/lines/range_reader.ts';
import { contentSize, formOnDisk } from '../../adapters/lines/rollout_bytes.ts';
import { findHolders, type Holders } from '../../adapters/locks/thread_holders.ts';
import { because, type Reason } from '../../domain/codes/reason.ts';
import { baseName, isCompressed, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import { type FileState, isSameCell, type Operation, type Row } from '../../domain/operation/operation.ts';
import { readHead, weigh } from '../../domain/rollout/rollout_line.ts';
import { SET_BY_USERS } from '../../domain/thread/thread_columns.ts';
import { type Continuations, forksThatStay, problemWithContinuation } from './continuations.ts';
import { selected } from './rollback_target.ts';
import { type CommittedTransaction, laterChange } from './transaction_history.ts';

export type RolledBackThread = { thread_id: string; title: string; outcome: 'rolled_back' | 'refused' | 'busy' } & Reason;

export function checkThreads(
  home: CodexHome,
  { target, history, continuations }: { target: JournalManifest; history: CommittedTransaction[]; continuations: Continuations },
  operations: JournaledOperation[],
  wanted: string[] | null,
): { threads: RolledBackThread[]; warnings: string[] } {
  const holders = findHolders(home);
  const byThread = groupByThread(operations);
  const ownOf = (id: string): Operation[] => byThread.get(id) ?? [];
  const titles = new Map(target.threads.map(({ thread_id, title }) => [thread_id, title]));
  const threads = withHomeRows(home, (rows) =>
    selected([...byThread.keys()], wanted, target).map((thread_id) => {
      const title = titles.get(thread_id) ?? '';
      const later = laterChange(history, target.transaction_id, thread_id);
      return { thread_id, title, ...outcomeOf(rows, thread_id, ownOf(thread_id), holders, continuations, later) };
    }),
  );
  const back = threads.filter(({ outcome }) => outcome === 'rolled_back');
  return { threads, warnings: back.flatMap(({ thread_id }) => forksThatStay(ownOf(thread_id), thread_id, continuations)) };
}

function groupByThread(operations: JournaledOperation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const { thread_id, operation } of operations) {
    if (thread_id === null) continue;
    const group = groups.get(thread_id);
    if (group) group.push(operation);
    else groups.set(thread_id, [operation]);
  }
  return groups;
}

function outcomeOf(
  rows: HomeRows,
  threadId: string,
  operations: Operation[],
  holders: Holders,
  continuations: Continuations,
  later: Reason | null,
): Pick<RolledBackThread, 'outcome' | 'reason' | 'reason_code'> {
  const held = placesNow(operations)
    .map((file) => holders.isHeld(threadId, file))
    .find((found) => found !== null);
  if (held) return { outcome: 'busy', ...held };
  if (later) return { outcome: 'refused', ...later };
  const problem =
    operations
      .map((operation) => problemWith(rows, operation) ?? problemWithContinuation(operation, threadId, continuations))
      .find((found) => found !== null) ?? problemWithMove(rows, threadId, operations);
  return problem
    ? { outcome: 'refused', ...problem }
    : { outcome: 'rolled_back', ...because('unchanged_since', 'unchanged since') };
}

/** Where the rollouts that the transaction wrote, shortened or moved lie since. */
const placesNow = (operations: Operation[]): string[] =>
  operations.flatMap((operation) => {
    switch (operation.kind) {
      case 'move_file':
        return operation.to;
      case 'create_file':
      case 'append_file':
      case 'truncate_file':
        return operation.path;
      default:
        return [];
    }
  });

/** Why an operation cannot be taken back; null where its target is as it was left, or differs by bookkeeping only. */
function problemWith(rows: HomeRows, operation: Operation): Reason | null {
  switch (operation.kind) {
    case 'create_file':
      // An image that was changed since simply stays.
      if (!parseRolloutName(baseName(operation.path))) return null;
      return isCompressed(operation.path)
        ? problemWithCompressed(operation.path, operation.after)
        : problemWithFile(operation.path, 0, operation.after.size, operation.after.digest);
    case 'append_file':
      return problemWithFile(operation.path, operation.before.size, operation.after.size, operation.appended);
    case 'row':
      return operation.database === 'state' && operation.table === 'threads' && operation.after
        ? problemWithRow(rows, operation.key, operation.after)
        : null;
    default:
      return null;
  }
}

const REWRITTEN = because('rewritten_since', 'its rollout was rewritten since');

/** Codex may have compressed the rollout since; that changes nothing of what it says. */
function problemWithFile(path: string, start: number, end: number, digest: string): Reason | null {
  const file = formOnDisk(path);
  if (!statFile(file)) return because('rollout_gone', 'its rollout is gone (deleted or archived since)');
  const size = contentSize(file);
  if (size < end || digestRanges([{ file, from: start, to: end }]) !== digest) return REWRITTEN;
  return size > end && hasGoneOn(file, end) ? because('went_on_since', 'the session went on since') : null;
}

/** A compressed rollout that a rollback had given back. */
function problemWithCompressed(file: string, { size, digest }: FileState): Reason | null {
  const now = statFile(file);
  if (!now) return because('rollout_gone', 'its rollout is gone (opened, deleted or archived since)');
  return now.size === size && digestFile(file) === digest ? null : REWRITTEN;
}

/** Lines that Codex writes by merely opening a thread are no reason to refuse; they are kept in the journal. */
function hasGoneOn(file: string, from: number): boolean {
  for (const { bytes } of linesOf(file, { offset: from }))
    if (bytes.length > 0 && weigh(bytes, readHead(bytes), false) !== 'bookkeeping') return true;
  return false;
}

/** A rollout that was moved while the database was set aside: the one that Codex has made since names it where it lies now. */
function problemWithMove(rows: HomeRows, threadId: string, operations: Operation[]): Reason | null {
  const isMoved = operations.some(({ kind }) => kind === 'move_file');
  const hasRow = operations.some((operation) => operation.kind === 'row' && operation.database === 'state');
  return isMoved && !hasRow && rows.find('state', 'threads', { id: threadId })
    ? because('database_made_since', 'Codex has made a database of its own since, which names its rollout where it lies now')
    : null;
}

function problemWithRow(rows: HomeRows, key: Row, after: Row): Reason | null {
  const row = rows.find('state', 'threads', key);
  if (row && !isSamePlace(uncompressed(String(row.rollout_path)), uncompressed(String(after.rollout_path))))
    return because('moved_since', 'its rollout is another one since (it was reverted or archived)');
  const changed = row ? SET_BY_USERS.filter((column) => column in after && !isSameCell(row[column], after[column])) : [];
  return changed.length > 0 ? because('row_changed_since', `its ${changed.join(' and ')} changed since`) : null;
}
