import type { HomeRows } from '../../adapters/codex_home/home_rows.ts';
import type { JournaledOperation } from '../../adapters/journal/journal_folder.ts';
import type { Operation, Row, RowOperation } from '../../domain/operation/operation.ts';

/** A lineage that a session of another transaction has stays, and so do its sources; and a head that stays here and that another one knows. */
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
  const isKept = (removal: RowOperation): boolean =>
    removal.table === 'heads' ? !goes(removal) : OF_LINEAGES.has(removal.table) && needed.has(removal.before?.lineage_id);
  const kept = new Set<Operation>(removals.filter(isKept));
  return inverses.filter(({ operation }) => !kept.has(operation));
}

/** Sessions with a sync point that does not go. */
function knownElsewhere(rows: HomeRows, removals: RowOperation[]): Set<unknown> {
  const nameOf = ({ thread_id, source_thread_id }: Row): string => `${thread_id} ${source_thread_id}`;
  const going = new Set(removals.filter(({ table }) => table === 'sync_points').map(({ key }) => nameOf(key)));
  return new Set(rows.select('sidecar', 'sync_points').flatMap((point) => (going.has(nameOf(point)) ? [] : [point.thread_id])));
}

const OF_LINEAGES = new Set(['lineages', 'sources']);
