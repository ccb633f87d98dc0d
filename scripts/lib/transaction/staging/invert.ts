// The operations that take a transaction back, against the home as it is now.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import type { JournaledOperation, JournalFolder } from '../../adapters/journal/journal_folder.ts';
import { formOnDisk } from '../../adapters/lines/rollout_bytes.ts';
import { type HomeRows, withHomeRows } from '../../adapters/local_sessions/home_rows.ts';
import { exists } from '../../adapters/paths/entries.ts';
import { hasSuccessor } from '../../adapters/sqlite/database_files.ts';
import { compressed, isCompressed, uncompressed } from '../../domain/ids/rollout_name.ts';
import { inverseOf, type Operation, type RowOperation } from '../../domain/operation/operation.ts';
import { changesBetween } from '../operations/rows.ts';
import { stageSidecar } from './empty_sidecar.ts';
import { foldersAbove } from './folders_above.ts';
import { cutNow, type Inversion, removeNow, stagedAgain } from './invert_file.ts';
import { withoutNeeded } from './needed_lineages.ts';

/** The inverse operations against the home as it is now; what they need is put into the new journal's folder. */
export function inverted(
  home: CodexHome,
  operations: JournaledOperation[],
  from: JournalFolder,
  journal: JournalFolder,
): JournaledOperation[] {
  return withHomeRows(home, (rows) => {
    const folders: JournaledOperation[] = [];
    const inverses: JournaledOperation[] = [];
    const written = writtenIn(operations);
    for (const { operation, ...owner } of operations.toReversed()) {
      const now = inFormOnDisk(operation, written);
      for (const inverse of inverseNow({ rows, from, journal, count: inverses.length }, now)) {
        (inverse.kind === 'remove_directory' ? folders : inverses).push({ ...owner, operation: inverse });
      }
    }
    const chosen = withoutNeeded(rows, inverses);
    return [...sidecarFor(home, chosen, journal), ...chosen, ...folders];
  });
}

/** A lost sidecar is made anew, so that the journal tells what went back: a rebuild would take it for deleted by the user. */
function sidecarFor(home: CodexHome, inverses: JournaledOperation[], journal: JournalFolder): JournaledOperation[] {
  const file = databaseFile(home, 'sidecar');
  const isWritten = inverses.some(({ operation }) => operation.kind === 'row' && operation.database === 'sidecar');
  if (!isWritten || exists(file)) return [];
  return [...foldersAbove(file), ...stageSidecar(journal, file, 'staged/sidecar')].map((operation) => ({
    thread_id: null,
    operation,
  }));
}

/** Codex may have compressed a rollout since that was only moved. One that was written as well has its old form again by then. */
function inFormOnDisk(operation: Operation, written: ReadonlySet<string>): Operation {
  if (operation.kind !== 'move_file') return operation;
  const plain = uncompressed(operation.to);
  if (written.has(plain)) return operation;
  const to = formOnDisk(plain);
  const from = uncompressed(operation.path);
  return { kind: 'move_file', path: isCompressed(to) ? compressed(from) : from, to };
}

/** Plain paths of all operations, without the targets of moves. */
const writtenIn = (operations: JournaledOperation[]): Set<string> =>
  new Set(operations.flatMap(({ operation }) => (operation.kind === 'row' ? [] : [uncompressed(operation.path)])));

function inverseNow(inversion: Inversion, operation: Operation): Operation[] {
  // It was set aside because it was unusable; the one in its place stays, without the rows of that run.
  if (operation.kind === 'remove_file' && hasSuccessor(operation.path)) return [];
  const inverse = inverseOf(operation);
  switch (inverse?.kind) {
    case undefined:
      return [];
    case 'row':
      return isProjectedSince(inversion.rows, inverse) ? [] : [rowBack(inversion.rows, inverse)];
    case 'remove_file':
      return removeNow(inversion, inverse);
    case 'truncate_file':
      return cutNow(inversion, inverse);
    case 'create_file':
    case 'append_file':
      return [stagedAgain(inversion, inverse)];
    default:
      return inverse ? [inverse] : [];
  }
}

/** Codex has made its projection of the new rollout since, which goes with that rollout; of the one that comes back it makes another. */
const isProjectedSince = (rows: HomeRows, { database, before, after }: RowOperation): boolean =>
  database === 'history' && before === null && after !== null && rows.projectionOf(String(after.thread_id)).length > 0;

/** Columns that this transaction did not write keep what Codex or the user gave them since. A lost sidecar is as the journal says. */
function rowBack(rows: HomeRows, inverse: RowOperation): Operation {
  const { database, table, key, before, after } = inverse;
  if (database === 'sidecar' && !rows.has('sidecar')) return inverse;
  const current = rows.find(database, table, key);
  if (!current || !before || !after) return { ...inverse, before: current };
  return { ...inverse, before: current, after: { ...current, ...changesBetween(before, after) } };
}
