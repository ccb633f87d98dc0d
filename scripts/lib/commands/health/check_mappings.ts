// What the sidecar says of sessions, against the sessions.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import type { HomeEvidence } from '../../domain/sidecar/reconcile_sidecar.ts';

export const findingsOfMappings = (home: CodexHome, local: LocalHome, evidence: HomeEvidence): Finding[] => [
  ...disagreements(home, local),
  ...local.sidecar.headIds().flatMap((id) => findingsOfHead(id, local, evidence)),
];

/** Of one that is gone `verify` tells. */
function findingsOfHead(id: string, local: LocalHome, evidence: HomeEvidence): Finding[] {
  const file = local.sessions.get(id)?.file;
  if (!file) return [];
  const standings = new Set(local.sidecar.pointsOfHead(id).map((point) => evidence.standing(id, point)));
  const of = { thread_id: id };
  if (standings.has('shrunk'))
    return [
      finding('rollout_shrank', file, 'It is shorter than a sync left it: it was restored from a backup or truncated.', of),
    ];
  return standings.has('changed') ? [finding('rollout_changed', file, 'Content that a sync wrote has changed since.', of)] : [];
}

/** A source belongs to one lineage, and so does each head that it was synced to. */
function disagreements(home: CodexHome, { sidecar }: LocalHome): Finding[] {
  return sidecar.rows('sync_points').flatMap(({ thread_id, source_thread_id }) => {
    const [head, source] = [sidecar.head(thread_id)?.lineage_id, sidecar.lineageOfSource(source_thread_id)];
    if (head !== undefined && head === source) return [];
    const message =
      head === undefined
        ? 'A sync point belongs to a session without a lineage.'
        : `Its session belongs to lineage ${head}, its source to ${source ?? 'none'}.`;
    return [finding('lineages_disagree', databaseFile(home, 'sidecar'), message, { thread_id })];
  });
}
