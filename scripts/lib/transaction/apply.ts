// Steps 3 and 4 of a transaction: its files in order, the lines of the index, then the rows of each database.

import type { JournaledOperation, JournalFolder } from '../adapters/journal/journal_folder.ts';
import { stopIfInterrupted } from '../adapters/run/interruption.ts';
import { type DatabaseName, isFileOperation } from '../domain/operation/operation.ts';
import { applyFile } from './operations/apply_file.ts';
import { applyIndex, indexOf } from './operations/index_file.ts';
import { applyRows, DATABASES, type FindDatabase, rowsOf } from './operations/rows.ts';

/** `written`: gets the databases that may have rows of the run. */
export function applyAll(
  operations: JournaledOperation[],
  journal: JournalFolder,
  find: FindDatabase,
  written: Set<DatabaseName>,
): void {
  for (const { operation } of operations) {
    stopIfInterrupted();
    if (isFileOperation(operation)) applyFile(operation, journal);
  }
  applyIndex(indexOf(operations), journal);
  for (const database of DATABASES) {
    stopIfInterrupted();
    applyRows(database, rowsOf(operations, database), find, written);
  }
  stopIfInterrupted();
}
