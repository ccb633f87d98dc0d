// How each change of a file is taken back. The change may have been made, half made or not made at all.

import path from 'node:path';
import { digestFile, isBegunCopy, isStill, statFile } from '../../adapters/disk/file_reading.ts';
import { appendFrom, truncateFile } from '../../adapters/disk/file_writing.ts';
import { makeFolder, moveFile, removeEmptyFolder, removeFiles } from '../../adapters/disk/folders.ts';
import { whyNotWritable } from '../../adapters/disk/write_access.ts';
import type { JournalFolder } from '../../adapters/journal/journal_folder.ts';
import { exists, isThere } from '../../adapters/paths/entries.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { FileOperation, Operation, OperationOf } from '../../domain/operation/operation.ts';

type Undo = (() => void) | null;

const NONE: ReadonlySet<string> = new Set();

/**
 * The step that takes a change back, null where nothing is to be done. Only looks; throws `recovery_blocked` where somebody else has changed the
 * file. `vacated`: places that an earlier step of the undo empties.
 */
export function undoOfFile(operation: FileOperation, journal: JournalFolder, vacated: ReadonlySet<string> = NONE): Undo {
  switch (operation.kind) {
    case 'make_directory':
      return () => removeEmptyFolder(operation.path);
    case 'remove_directory':
      return () => makeFolder(operation.path);
    case 'create_database':
      return undoOfCreateDatabase(operation, journal);
    case 'create_file':
      return undoOfCreate(operation, journal);
    case 'remove_file':
      return undoOfRemove(operation, journal, vacated);
    case 'move_file':
      return undoOfMove(operation);
    case 'append_file':
      return undoOfAppend(operation, journal);
    case 'truncate_file':
      return undoOfTruncate(operation, journal);
    default:
      return operation satisfies never;
  }
}

/** Whether undoing would change a rollout or another file of the home. Most operations of an interrupted run were never done. */
export function wouldUndo(operation: Operation, journal: JournalFolder): boolean {
  switch (operation.kind) {
    case 'create_file':
      return exists(operation.path) && !exists(journal.file(operation.staged));
    case 'remove_file':
      return exists(journal.file(operation.kept));
    case 'move_file':
      return exists(operation.to);
    case 'append_file':
      return statFile(operation.path)?.size !== operation.before.size;
    case 'truncate_file':
      return statFile(operation.path)?.size !== operation.before.size || exists(journal.file(operation.kept));
    default:
      return false;
  }
}

/** While the new one is still staged, the file in its place is not ours: a damaged sidecar that was not put aside yet. */
function undoOfCreateDatabase({ path: file, staged }: OperationOf<'create_database'>, journal: JournalFolder): Undo {
  if (exists(journal.file(staged))) return null;
  return () => removeFiles([file, `${file}-journal`]);
}

/** Only the very bytes that we put there are moved away. */
function undoOfCreate({ path: file, staged, after }: OperationOf<'create_file'>, journal: JournalFolder): Undo {
  if (!exists(file) || exists(journal.file(staged))) return null;
  if (!isStill(file, after)) throw blocked(file);
  return () => {
    makeFolder(path.dirname(journal.file(staged)));
    moveFile(file, journal.file(staged));
  };
}

/** The backup would go with the journal, so a file that somebody made in its place stops the undo. */
function undoOfRemove(
  { path: file, kept }: OperationOf<'remove_file'>,
  journal: JournalFolder,
  vacated: ReadonlySet<string>,
): Undo {
  if (!exists(journal.file(kept))) return null;
  if (isThere(file) && !vacated.has(file)) throw blocked(file, 'another file is in its place');
  return () => moveFile(journal.file(kept), file);
}

function undoOfMove({ path: file, to }: OperationOf<'move_file'>): Undo {
  if (!exists(to)) return null;
  if (isThere(file)) throw blocked(file, 'another file is in its place');
  return () => moveFile(to, file);
}

/**
 * What follows the old end must be a beginning of what we appended; anything else is not ours to cut. A file that is missing was not moved
 * there yet, or somebody has put it aside: nothing of ours is in that place.
 */
function undoOfAppend(operation: OperationOf<'append_file'>, journal: JournalFolder): Undo {
  const { path: file, before } = operation;
  const now = statFile(file);
  if (now === null || (now.size === before.size && now.mtime === before.mtime)) return null;
  const { size } = now;
  if (size < before.size || (size > before.size && !isOurEnd(operation, size, journal))) throw blocked(file);
  requireWritableFile(file);
  return () => truncateFile(file, before.size, before.mtime);
}

/** Where the staged bytes are lost, their digest still tells whether all of them were written. */
function isOurEnd(
  { path: file, before, after, staged, appended }: OperationOf<'append_file'>,
  size: number,
  journal: JournalFolder,
): boolean {
  const source = journal.file(staged);
  if (exists(source)) return size <= after.size && isBegunCopy(file, before.size, size, source);
  return size === after.size && digestFile(file, before.size) === appended;
}

/** The end was backed up before it was cut off. An earlier undo may have given back its length, and only some of its bytes. */
function undoOfTruncate(
  { path: file, before, after, appended, kept }: OperationOf<'truncate_file'>,
  journal: JournalFolder,
): Undo {
  const backup = journal.file(kept);
  const now = statFile(file);
  if (!now) throw blocked(file, `it is missing; its end is in ${backup}`);
  if (now.size === before.size && digestFile(file, after.size) === appended)
    return now.mtime === before.mtime ? null : () => truncateFile(file, before.size, before.mtime);
  const isOurs = now.size >= after.size && now.size <= before.size && exists(backup);
  if (!isOurs || !isBegunCopy(file, after.size, now.size, backup)) throw blocked(file);
  requireWritableFile(file);
  return () => appendFrom(backup, file, after.size, before.mtime);
}

function requireWritableFile(file: string): void {
  const why = whyNotWritable(file);
  if (why !== null) throw blocked(file, `this user may not write it: ${why}`);
}

const blocked = (where: string, message = 'it has new content'): SyncError =>
  new SyncError('recovery_blocked', message, { where });
