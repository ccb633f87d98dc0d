import type { JournaledOperation } from '../../adapters/journal/journal_folder.ts';
import type { HomeRows } from '../../adapters/local_sessions/home_rows.ts';
import type { Operation, Row, RowOperation } from '../../domain/operation/operation.ts';

/**
 * Leaves out removals that would take something from other sessions: a lineage, with its sources, that another head belongs to; a head that
 * keeps its rollout and was synced with another source too.
 */
export function withoutNeeded(rows: HomeRows, inverses: JournaledOperation[]): JournaledOperation[] {
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
  const staying = rows.select('sidecar', 'heads').filter(({ thread_id }) => !gone.has(thread_id));
  const needed = new Set(staying.map(({ lineage_id }) => lineage_id));
  const isNeeded = (removal: RowOperation): boolean =>
    removal.table === 'heads' ? !goes(removal) : OF_LINEAGES.has(removal.table) && needed.has(removal.before?.lineage_id);
  const left = new Set<Operation>(removals.filter(isNeeded));
  return inverses.filter(({ operation }) => !left.has(operation));
}

/** Sessions that keep a sync point. */
function knownElsewhere(rows: HomeRows, removals: RowOperation[]): Set<unknown> {
  const nameOf = ({ thread_id, source_thread_id }: Row): string => `${thread_id} ${source_thread_id}`;
  const going = new Set(removals.filter(({ table }) => table === 'sync_points').map(({ key }) => nameOf(key)));
  return new Set(rows.select('sidecar', 'sync_points').flatMap((point) => (going.has(nameOf(point)) ? [] : [point.thread_id])));
}

const OF_LINEAGES = new Set(['lineages', 'sources']);
