// Lineages that only content hints at. A sync finds such sessions by their first history line anyway, so nothing is written for them.

import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localRanges, readRoot } from '../../adapters/local_sessions/local_rollout.ts';
import type { Sidecar } from '../../domain/sidecar/sidecar_store.ts';

/** `thread_ids`: sessions that begin with the same history line and are no heads. `is_known`: a lineage of that line is. */
export type GuessedLineage = { lineage_id: string; thread_ids: string[]; is_known: boolean };

/** One session alone, of no known lineage, is nobody's copy: it is not worth a word. */
export function guessLineages(local: Pick<LocalHome, 'sessions' | 'rollouts'>, sidecar: Sidecar): GuessedLineage[] {
  const found = [...local.sessions.values()].flatMap(({ threadId, file }) => {
    const root = file && !sidecar.head(threadId) ? readRoot(localRanges(local, file)) : null;
    return root ? [{ root, threadId }] : [];
  });
  return [...Map.groupBy(found, ({ root }) => root)]
    .map(([root, of]) => ({ root, known: sidecar.lineageOfRoot(root), threads: of.map(({ threadId }) => threadId).sort() }))
    .filter(({ known, threads }) => known !== null || threads.length > 1)
    .map(({ root, known, threads }) => ({
      lineage_id: known ?? root.slice(0, 32),
      thread_ids: threads,
      is_known: known !== null,
    }));
}
