// The operations that take a transaction back, against the home as it is now.

import path from 'node:path';
import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { type HomeRows, withHomeRows } from '../../adapters/codex_home/home_rows.ts';
import { digestFile, exists, FileWriter, missingFolders, statFile } from '../../adapters/disk/disk.ts';
import type { JournaledOperation, JournalFolder } from '../../adapters/journal/journal_folder.ts';
import { readRanges } from '../../adapters/lines/range_reader.ts';
import { formOnDisk } from '../../adapters/lines/rollout_bytes.ts';
import { hasSuccessor } from '../../adapters/sqlite/database_files.ts';
import { baseName, compressed, isCompressed, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import {
  type AppendPoint,
  type FileState,
  inverseOf,
  type Operation,
  type Row,
  type RowOperation,
} from '../../domain/operation/operation.ts';
import { changesBetween } from '../operations/rows.ts';
import { stageCopy, stageSidecar } from './stage.ts';

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
      for (const inverse of invertedNow({ rows, from, journal }, now, inverses.length)) {
        (inverse.kind === 'remove_directory' ? folders : inverses).push({ ...owner, operation: inverse });
      }
    }
    const chosen = withoutNeeded(rows, inverses);
    return [...sidecarFor(home, chosen, journal), ...chosen, ...folders];
  });
}

/** A lineage that a session of another transaction has stays, and so do its sources; and a head that stays here and that another one knows. */
function withoutNeeded(rows: HomeRows, inverses: JournaledOperation[]): JournaledOperation[] {
  const removals = inverses.flatMap(({ operation }) =>
    operation.kind === 'row' && operation.database === 'sidecar' && operation.after === null ? [operation] : [],
  );
  if (!removals.some(({ table }) => OF_LINEAGES.has(table) || table === 'heads')) return inverses;
  const known = knownElsewhere(rows, removals);
  const withoutFile = new Set<unknown>(
    inverses.flatMap(({ thread_id, operation }) => (operation.kind === 'remove_file' ? [thread_id] : [])),
  );
  const goes = ({ key }: RowOperation): boolean => !known.has(key.thread_id) || withoutFile.has(key.thread_id);
  const gone = new Set(removals.filter((removal) => removal.table === 'heads' && goes(removal)).map(({ key }) => key.thread_id));
  const staying = rows.all('sidecar', 'heads').filter(({ thread_id }) => !gone.has(thread_id));
  const needed = new Set(staying.map(({ lineage_id }) => lineage_id));
  const isKept = (removal: RowOperation): boolean =>
    removal.table === 'heads' ? !goes(removal) : OF_LINEAGES.has(removal.table) && needed.has(removal.before?.lineage_id);
  const kept = new Set<Operation>(removals.filter(isKept));
  return inverses.filter(({ operation }) => !kept.has(operation));
}

/** Sessions with a sync point that does not go. */
function knownElsewhere(rows: HomeRows, removals: RowOperation[]): Set<unknown> {
  const nameOf = ({ thread_id, source_thread_id }: Row): string => `${thread_id} ${source_thread_id}`;
  const going = new Set(removals.filter(({ table }) => table === 'sync_points').map(({ key }) => nameOf(key)));
  return new Set(rows.all('sidecar', 'sync_points').flatMap((point) => (going.has(nameOf(point)) ? [] : [point.thread_id])));
}

const OF_LINEAGES = new Set(['lineages', 'sources']);

/** The sidecar may be lost. What goes back must be in a journal all the same: a rebuild would take it for deleted by the user. */
function sidecarFor(home: CodexHome, inverses: JournaledOperation[], journal: JournalFolder): JournaledOperation[] {
  const file = databaseFile(home, 'sidecar');
  const isWritten = inverses.some(({ operation }) => operation.kind === 'row' && operation.database === 'sidecar');
  if (!isWritten || exists(file)) return [];
  const folders = missingFolders(path.dirname(file)).map((folder): Operation => ({ kind: 'make_directory', path: folder }));
  const operations = [...folders, ...stageSidecar(journal, file, 'staged/sidecar')];
  return operations.map((operation) => ({ thread_id: null, operation }));
}

/** A rollout that was only moved may have changed its form since; where it was written as well, that is taken back first and gives the old form. */
function inFormOnDisk(operation: Operation, written: ReadonlySet<string>): Operation {
  if (operation.kind !== 'move_file') return operation;
  const plain = uncompressed(operation.to);
  if (written.has(plain)) return operation;
  const to = formOnDisk(plain);
  const from = uncompressed(operation.path);
  return { kind: 'move_file', path: isCompressed(to) ? compressed(from) : from, to };
}

/** Plain paths that operations name first; where a move puts a file is none. */
const writtenIn = (operations: JournaledOperation[]): Set<string> =>
  new Set(operations.flatMap(({ operation }) => (operation.kind === 'row' ? [] : [uncompressed(operation.path)])));

type Inversion = { rows: HomeRows; from: JournalFolder; journal: JournalFolder };

function invertedNow({ rows, from, journal }: Inversion, operation: Operation, count: number): Operation[] {
  // It was put away because it could not be used; the one in its place stays, without that run's rows.
  if (operation.kind === 'remove_file' && hasSuccessor(operation.path)) return [];
  const inverse = inverseOf(operation);
  switch (inverse?.kind) {
    case undefined:
      return [];
    case 'row':
      return [rowBack(rows, inverse)];
    case 'remove_file': {
      if (!isRollout(inverse.path) && !isStill(inverse.before, inverse.path)) return [];
      // Codex may have compressed it since.
      const path = formOnDisk(inverse.path);
      const now = statFile(path);
      const before = now ? { size: now.size, mtime: now.mtime, digest: digestFile(path) } : inverse.before;
      return [{ ...inverse, path, kept: `backups/${count}`, before }, ...dropProjection(rows, path)];
    }
    case 'truncate_file': {
      const path = formOnDisk(inverse.path);
      if (isCompressed(path)) return [...shortened(inverse, path, journal, count), ...dropProjection(rows, path)];
      const now = statFile(inverse.path) as { size: number; mtime: number };
      const appended = digestFile(inverse.path, inverse.after.size);
      return [
        { ...inverse, kept: `backups/${count}`, before: { size: now.size, mtime: now.mtime }, appended },
        ...dropProjection(rows, inverse.path),
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

/** A rollout that Codex has compressed since is cut by putting a plain one with its beginning in its place. */
function shortened(
  { path: plain, after }: Extract<Operation, { kind: 'truncate_file' }>,
  path: string,
  journal: JournalFolder,
  count: number,
): Operation[] {
  const { size, mtime } = statFile(path) as AppendPoint;
  const staged = `staged/${count}`;
  const writer = new FileWriter(journal.file(staged), after.size, { like: path });
  readRanges([{ file: path, from: 0, to: after.size }], (chunk) => writer.write(chunk));
  return [
    { kind: 'remove_file', path, kept: `backups/${count}`, before: { size, mtime, digest: digestFile(path) } },
    { kind: 'create_file', path: plain, staged, after: writer.finish(after.mtime), held: after.size },
  ];
}
const isRollout = (file: string): boolean => parseRolloutName(baseName(file)) !== null;

/** An image that somebody has changed or tidied away since is not ours any more. */
const isStill = (written: FileState, file: string): boolean =>
  statFile(file)?.size === written.size && digestFile(file) === written.digest;

/** Columns that this transaction did not write keep what Codex or the user gave them since. A lost sidecar is as the journal says. */
function rowBack(rows: HomeRows, inverse: RowOperation): Operation {
  const { database, table, key, before, after } = inverse;
  if (database === 'sidecar' && !rows.has('sidecar')) return inverse;
  const current = rows.find(database, table, key);
  if (!current || !before || !after) return { ...inverse, before: current };
  return { ...inverse, before: current, after: { ...current, ...changesBetween(before, after) } };
}

/** A file that gets shorter or goes: what Codex projected of it would otherwise hide every later turn (0.151+). */
function dropProjection(rows: HomeRows, rollout: string): Operation[] {
  const name = parseRolloutName(baseName(rollout));
  const projected = name ? rows.projectionOf(name.segmentId ?? name.threadId) : [];
  return projected.map(
    ({ table, row }): Operation => ({ kind: 'row', database: 'history', table, key: row, before: row, after: null }),
  );
}
