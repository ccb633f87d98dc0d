// How many bytes a run needs at most in the Codex home and in the folder of its databases; an upper estimate.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { JournaledOperation } from '../../adapters/journal/journal_folder.ts';
import { contentSize, formOnDisk } from '../../adapters/lines/rollout_bytes.ts';
import { isCompressed } from '../../domain/ids/rollout_name.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import type { Change, PlannedChange } from '../../domain/plan/plan.ts';
import { lengthOf } from '../../domain/rollout/byte_range.ts';
import type { SpaceNeeded } from './free_space.ts';

/** A row touches a few pages of 4 KiB, in the database and in its log. */
const ROW = 32 << 10;
/** A small file and its entry in a folder take a few blocks. */
const ENTRY = 8 << 10;
/** Manifest, list of operations, folders, an empty sidecar. */
const RUN = 512 << 10;
/** Localized paths and ids may be longer. */
const GROWTH = 1.02;

export function spaceForPlan(home: CodexHome, changes: PlannedChange[]): SpaceNeeded[] {
  const moves = changes.flatMap(({ change }) => (change.kind === 'move_rollout' ? [[change.to, change.path] as const] : []));
  const placeOf = new Map(moves);
  return inFolders(
    home,
    changes.map(({ change }) => ({
      bytes: Math.ceil(bytesOf(change, placeOf)),
      isOfCodex: change.kind === 'operation' && isRowOfCodex(change.operation),
    })),
  );
}

/** The sidecar lies in the home wherever Codex's databases are. */
const isRowOfCodex = (operation: Operation): boolean => operation.kind === 'row' && operation.database !== 'sidecar';

function inFolders(home: CodexHome, all: { bytes: number; isOfCodex: boolean }[]): SpaceNeeded[] {
  const sum = (ofCodex: boolean, from: number): number =>
    all.reduce((so_far, { bytes, isOfCodex }) => so_far + (isOfCodex === ofCodex ? bytes : 0), from);
  return [
    { folder: home.path, bytes: sum(false, RUN) },
    { folder: home.databases, bytes: sum(true, 0) },
  ];
}

/** `placeOf`: where a rollout lies now, by the path to which the run moves it first. */
function bytesOf(change: Change, placeOf: ReadonlyMap<string, string>): number {
  switch (change.kind) {
    case 'create_rollout':
      return lengthOf(change.lines.source.ranges) * GROWTH;
    case 'append_rollout':
      return bytesOfAppend(change, placeOf.get(change.path) ?? change.path);
    case 'copy_file':
      return change.source.size + ENTRY;
    case 'move_rollout':
    case 'create_sidecar':
      return 0;
    case 'sync_point':
    case 'operation':
      return ROW;
    default:
      return change satisfies never;
  }
}

/** What is appended lies in the journal as well until the commit; a compressed rollout becomes plain as a whole, and is moved into place. */
function bytesOfAppend({ lines }: Extract<Change, { kind: 'append_rollout' }>, place: string): number {
  const added = (lengthOf(lines.source.ranges) - lines.from) * GROWTH;
  return isCompressed(place) ? contentSize(place) + added : 2 * added;
}

export const spaceForRollback = (home: CodexHome, operations: JournaledOperation[]): SpaceNeeded[] =>
  inFolders(
    home,
    operations.map(({ operation }) => ({ bytes: bytesBack(operation), isOfCodex: isRowOfCodex(operation) })),
  );

/** What is cut off or was taken away is copied; where Codex has compressed it since, its plain beginning is written instead. */
function bytesBack(operation: Operation): number {
  switch (operation.kind) {
    case 'append_file':
      return isCompressed(formOnDisk(operation.path)) ? operation.before.size : operation.after.size - operation.before.size;
    case 'truncate_file':
      return 2 * (operation.before.size - operation.after.size);
    case 'remove_file':
      return operation.before.size;
    case 'row':
      return ROW;
    default:
      return 0;
  }
}
