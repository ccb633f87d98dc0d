// What somebody has changed since a transaction, as the reason not to take it back.

import { isStill, statFile } from '../../adapters/disk/file_reading.ts';
import { linesOf } from '../../adapters/lines/line_reader.ts';
import { digestRanges } from '../../adapters/lines/range_reader.ts';
import { contentSize, formOnDisk } from '../../adapters/lines/rollout_bytes.ts';
import type { HomeRows } from '../../adapters/local_sessions/home_rows.ts';
import { isSamePlace } from '../../adapters/paths/local_paths.ts';
import { baseName, isCompressed, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import { type FileState, isSameCell, type Operation, type Row } from '../../domain/operation/operation.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';
import { weigh } from '../../domain/rollout/line_weight.ts';
import { readHead } from '../../domain/rollout/rollout_line.ts';
import { SET_BY_USERS } from '../../domain/thread/thread_columns.ts';

/** Null where the target of the operation is as it was left, or differs by bookkeeping only. */
export function changeSince(rows: HomeRows, operation: Operation): Reason | null {
  switch (operation.kind) {
    case 'create_file':
      // An image that was changed since simply stays.
      if (!parseRolloutName(baseName(operation.path))) return null;
      return isCompressed(operation.path)
        ? changeOfCompressed(operation.path, operation.after)
        : changeOfRollout(operation.path, 0, operation.after.size, operation.after.digest);
    case 'append_file':
      return changeOfRollout(operation.path, operation.before.size, operation.after.size, operation.appended);
    case 'row':
      return operation.database === 'state' && operation.table === 'threads' && operation.after
        ? changeOfRow(rows, operation.key, operation.after)
        : null;
    default:
      return null;
  }
}

const REWRITTEN = because('rewritten_since', 'its rollout was rewritten later');

/** Codex may have compressed the rollout since; that changes nothing of what it says. */
function changeOfRollout(path: string, start: number, end: number, digest: string): Reason | null {
  const file = formOnDisk(path);
  if (!statFile(file)) return because('rollout_gone', 'its rollout is missing (deleted or archived later)');
  const size = contentSize(file);
  if (size < end || digestRanges([{ file, from: start, to: end }]) !== digest) return REWRITTEN;
  return size > end && hasGoneOn(file, end) ? because('went_on_since', 'the session was continued later') : null;
}

/** A compressed rollout that a rollback had given back. */
function changeOfCompressed(file: string, after: FileState): Reason | null {
  if (!statFile(file)) return because('rollout_gone', 'its rollout is missing (opened, deleted or archived later)');
  return isStill(file, after) ? null : REWRITTEN;
}

/** Lines that Codex writes by merely opening a thread are no reason to refuse; they are kept in the journal. */
function hasGoneOn(file: string, from: number): boolean {
  for (const { bytes } of linesOf(file, { offset: from }))
    if (bytes.length > 0 && weigh(bytes, readHead(bytes), false) !== 'bookkeeping') return true;
  return false;
}

/** A rollout that was moved while the database was set aside: the one that Codex has made since names it where it lies now. */
export function databaseMadeSince(rows: HomeRows, threadId: string, operations: Operation[]): Reason | null {
  const isMoved = operations.some(({ kind }) => kind === 'move_file');
  const hasRow = operations.some((operation) => operation.kind === 'row' && operation.database === 'state');
  return isMoved && !hasRow && rows.find('state', 'threads', { id: threadId })
    ? because('database_made_since', 'Codex has since created its own database, which names the rollout at its present path')
    : null;
}

function changeOfRow(rows: HomeRows, key: Row, after: Row): Reason | null {
  const row = rows.find('state', 'threads', key);
  if (row && !isSamePlace(uncompressed(String(row.rollout_path)), uncompressed(String(after.rollout_path))))
    return because('moved_since', 'it has another rollout now (it was reverted or archived)');
  const changed = row ? SET_BY_USERS.filter((column) => column in after && !isSameCell(row[column], after[column])) : [];
  return changed.length > 0 ? because('row_changed_since', `its ${changed.join(' and ')} changed later`) : null;
}
