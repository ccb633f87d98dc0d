// Folders, files and rollouts: each change is a move from the journal's folder, an append or a cut.

import path from 'node:path';
import { closeToOthers } from '../../adapters/disk/file_modes.ts';
import { statFile } from '../../adapters/disk/file_reading.ts';
import { appendFrom, copyTail, truncateFile } from '../../adapters/disk/file_writing.ts';
import { makeFolder, moveFile, removeEmptyFolder, syncFolder } from '../../adapters/disk/folders.ts';
import { removeAt } from '../../adapters/disk/removal.ts';
import type { JournalFolder } from '../../adapters/journal/journal_folder.ts';
import { isThere } from '../../adapters/paths/entries.ts';
import { trace } from '../../adapters/run/trace.ts';
import { type FileOperation, type OperationOf, operationText } from '../../domain/operation/operation.ts';
import { stalePlan } from './stale_plan.ts';

export function applyFile(operation: FileOperation, journal: JournalFolder): void {
  trace('apply', () => operationText(operation));
  switch (operation.kind) {
    case 'make_directory':
      return makeFolder(operation.path);
    case 'remove_directory':
      return removeEmptyFolder(operation.path);
    case 'create_database':
      closeToOthers(path.dirname(operation.path));
      return moveFile(journal.file(operation.staged), operation.path);
    case 'create_file':
      if (isThere(operation.path)) throw stalePlan(operation.path, 'A file has appeared where a new one was to be created.');
      return moveFile(journal.file(operation.staged), operation.path);
    case 'remove_file':
      requireSize(operation.path, operation.before.size);
      return moveFile(operation.path, journal.file(operation.kept));
    case 'move_file':
      if (isThere(operation.to)) throw stalePlan(operation.to, 'A file has appeared where another was to be moved.');
      return moveFile(operation.path, operation.to);
    case 'append_file':
      requireSize(operation.path, operation.before.size);
      return appendFrom(journal.file(operation.staged), operation.path, operation.before.size, operation.after.mtime);
    case 'truncate_file':
      return cutOff(operation, journal);
    default:
      return operation satisfies never;
  }
}

/** Invariant 1: bytes are backed up before they are cut off. */
function cutOff(operation: OperationOf<'truncate_file'>, journal: JournalFolder): void {
  const backup = journal.file(operation.kept);
  removeAt(backup);
  copyTail(operation.path, operation.after.size, backup);
  syncFolder(path.dirname(backup));
  truncateFile(operation.path, operation.after.size, operation.after.mtime);
}

function requireSize(file: string, size: number): void {
  if (statFile(file)?.size !== size) throw stalePlan(file, 'The session has changed while the plan was being applied.');
}
