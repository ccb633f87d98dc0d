// How a file goes back now: somebody may have changed it since, and Codex may have compressed it.

import { digestFile, isStill, readFileState, statFile } from '../../adapters/disk/file_reading.ts';
import { copyTail, writeNew } from '../../adapters/disk/file_writing.ts';
import type { JournalFolder } from '../../adapters/journal/journal_folder.ts';
import { readRanges } from '../../adapters/lines/range_reader.ts';
import { formOnDisk } from '../../adapters/lines/rollout_bytes.ts';
import type { HomeRows } from '../../adapters/local_sessions/home_rows.ts';
import { exists } from '../../adapters/paths/entries.ts';
import { baseName, isCompressed, parseRolloutName } from '../../domain/ids/rollout_name.ts';
import type { AppendPoint, FileState, Operation, OperationOf } from '../../domain/operation/operation.ts';

/** `from`: the journal of what is taken back. `journal`: that of the rollback, in which `count` names the next file. */
export type Inversion = { rows: HomeRows; from: JournalFolder; journal: JournalFolder; count: number };

export function removeNow({ rows, count }: Inversion, inverse: OperationOf<'remove_file'>): Operation[] {
  const isRollout = parseRolloutName(baseName(inverse.path)) !== null;
  // An image that somebody has changed or tidied away since is not ours any more.
  if (!isRollout && !isStill(inverse.path, inverse.before)) return [];
  const path = formOnDisk(inverse.path);
  const before = readFileState(path) ?? inverse.before;
  return [{ ...inverse, path, kept: `backups/${count}`, before }, ...dropProjection(rows, path)];
}

export function cutNow(inversion: Inversion, inverse: OperationOf<'truncate_file'>): Operation[] {
  const path = formOnDisk(inverse.path);
  const cut = isCompressed(path) ? replacedByBeginning(inversion, inverse, path) : [cutOff(inversion, inverse)];
  return [...cut, ...dropProjection(inversion.rows, path)];
}

function cutOff({ count }: Inversion, inverse: OperationOf<'truncate_file'>): Operation {
  const { size, mtime } = statFile(inverse.path) as AppendPoint;
  const appended = digestFile(inverse.path, inverse.after.size);
  return { ...inverse, kept: `backups/${count}`, before: { size, mtime }, appended };
}

/** A compressed rollout is cut by putting a plain one with its beginning in its place. */
function replacedByBeginning(
  { journal, count }: Inversion,
  { path: plain, after }: OperationOf<'truncate_file'>,
  path: string,
): Operation[] {
  const staged = `staged/${count}`;
  const { mtime, size } = after;
  const written = writeNew(
    journal.file(staged),
    (writer) => {
      readRanges([{ file: path, from: 0, to: size }], (chunk) => writer.write(chunk));
      return writer.finish(mtime);
    },
    { like: path },
    size,
  );
  return [
    { kind: 'remove_file', path, kept: `backups/${count}`, before: readFileState(path) as FileState },
    { kind: 'create_file', path: plain, staged, after: written, held: size },
  ];
}

/** Copies the bytes that come back from the earlier journal into this one: a file with its readers. */
export function stagedAgain({ from, journal, count }: Inversion, inverse: OperationOf<'create_file' | 'append_file'>): Operation {
  const staged = `staged/${count}`;
  const source = from.file(inverse.staged);
  if (exists(source)) copyTail(source, 0, journal.file(staged), { like: source });
  return { ...inverse, staged };
}

/** A file that gets shorter or goes: what Codex projected of it would otherwise hide every later turn (0.151+). */
function dropProjection(rows: HomeRows, rollout: string): Operation[] {
  const name = parseRolloutName(baseName(rollout));
  const projected = name ? rows.projectionOf(name.segmentId ?? name.threadId) : [];
  return projected.map(
    ({ table, row }): Operation => ({ kind: 'row', database: 'history', table, key: row, before: row, after: null }),
  );
}
