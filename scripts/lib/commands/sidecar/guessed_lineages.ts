// Lineages that only content hints at. A sync finds such sessions by their first history line anyway, so nothing is written for them.

import { type LocalHome, localRanges, readRoot } from '../../adapters/codex_home/local_home.ts';
import { rowsIn, type SidecarRows } from '../../domain/sidecar/sidecar_tables.ts';

/** `thread_ids`: sessions that begin with the same history line and are no heads. `is_known`: a lineage of that line is. */
export type GuessedLineage = { lineage_id: string; thread_ids: string[]; is_known: boolean };

/** One session alone, of no known lineage, is nobody's copy: it is not worth a word. */
export function guessLineages(local: Pick<LocalHome, 'sessions' | 'rollouts'>, rows: SidecarRows): GuessedLineage[] {
  const heads = new Set(rowsIn(rows, 'heads').map(({ thread_id }) => thread_id));
  const known = new Map(rowsIn(rows, 'lineages').map(({ root, lineage_id }) => [root, String(lineage_id)]));
  const byRoot = new Map<string, string[]>();
  for (const { threadId, file } of local.sessions.values()) {
    const root = file && !heads.has(threadId) ? readRoot(localRanges(local, file)) : null;
    if (root) byRoot.set(root, [...(byRoot.get(root) ?? []), threadId]);
  }
  return [...byRoot]
    .filter(([root, threads]) => known.has(root) || threads.length > 1)
    .map(([root, threads]) => ({
      lineage_id: known.get(root) ?? root.slice(0, 32),
      thread_ids: threads.sort(),
      is_known: known.has(root),
    }));
}
