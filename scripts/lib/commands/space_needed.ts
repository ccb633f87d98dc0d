// How many bytes a run puts on the disk of the Codex home at its fullest moment, rather too many than too few.

import type { JournaledOperation } from '../adapters/journal_folder.ts';
import { contentSize } from '../adapters/rollout_bytes.ts';
import type { Operation } from '../domain/operation.ts';
import { lengthOf } from '../domain/part.ts';
import type { Change, PlannedChange } from '../domain/plan.ts';
import { isCompressed } from '../domain/rollout_name.ts';

/** A row touches a few pages of 4 KiB, in the database and in its log. */
const ROW = 32 << 10;
/** Manifest, list of operations, folders, an empty sidecar. */
const RUN = 512 << 10;
/** Paths and ids may get longer here. */
const GROWTH = 1.02;

export function spaceForPlan(changes: PlannedChange[]): number {
  const moves = changes.flatMap(({ change }) => (change.kind === 'move_rollout' ? [[change.to, change.path] as const] : []));
  const placeOf = new Map(moves);
  return changes.reduce((sum, { change }) => sum + Math.ceil(bytesOf(change, placeOf)), RUN);
}

/** `placeOf`: where a rollout lies now, by the path to which the run moves it first. */
function bytesOf(change: Change, placeOf: ReadonlyMap<string, string>): number {
  switch (change.kind) {
    case 'create_rollout':
      return lengthOf(change.source.parts) * GROWTH;
    case 'append_rollout':
      return bytesOfAppend(change, placeOf.get(change.path) ?? change.path);
    case 'copy_file':
      return change.source.size;
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
function bytesOfAppend({ source, from }: Extract<Change, { kind: 'append_rollout' }>, place: string): number {
  const added = (lengthOf(source.parts) - from) * GROWTH;
  return isCompressed(place) ? contentSize(place) + added : 2 * added;
}

export const spaceForRollback = (operations: JournaledOperation[]): number =>
  operations.reduce((sum, { operation }) => sum + bytesBack(operation), RUN);

/** What is cut off or was taken away is copied. */
function bytesBack(operation: Operation): number {
  switch (operation.kind) {
    case 'append_file':
      return operation.after.size - operation.before.size;
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
