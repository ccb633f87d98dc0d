// What the sidecar says of sessions, against the sessions.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import type { LocalHome } from '../../adapters/codex_home/local_home.ts';
import { type Finding, findingAt } from '../../domain/findings/finding.ts';
import type { HealthCode } from '../../domain/findings/health_code.ts';
import type { HomeEvidence } from '../../domain/sidecar/reconcile_sidecar.ts';

const REPLAY = 'replay-transactions-sidecar --execute';

type Findings = Finding<HealthCode>[];

export const findingsOfMappings = (home: CodexHome, local: LocalHome, facts: HomeEvidence): Findings => [
  ...disagreements(home, local),
  ...[...local.sidecar.heads.keys()].flatMap((id) => findingsOfHead(id, local, facts)),
];

const of = (thread_id: string, where: string) => {
  const found = findingAt<HealthCode>(where);
  return (...words: Parameters<typeof found>): Findings => [{ ...found(...words), thread_id }];
};

/** Of one that is gone `verify` tells. */
function findingsOfHead(id: string, local: LocalHome, facts: HomeEvidence): Findings {
  const file = local.sessions.get(id)?.file;
  if (!file) return [];
  const standings = new Set((local.sidecar.pointsOfHead.get(id) ?? []).map((point) => facts.standing(id, point)));
  if (standings.has('shrunk')) return shrunkSince(id, file);
  return standings.has('changed') ? changedSince(id, file) : [];
}

const shrunkSince = (id: string, file: string): Findings =>
  of(id, file)('rollout_shrank', 'error', 'It is shorter than a sync left it: it was restored from a backup or cut.', REPLAY);

const changedSince = (id: string, file: string): Findings =>
  of(id, file)('rollout_changed', 'error', 'What a sync wrote there was changed since.', REPLAY);

/** A source belongs to one lineage, and so does each head that it was synced to. */
function disagreements(home: CodexHome, { sidecar }: LocalHome): Findings {
  return [...sidecar.pointsOfHead.values()].flat().flatMap(({ thread_id, source_thread_id }) => {
    const [head, source] = [sidecar.heads.get(thread_id)?.lineage_id, sidecar.lineageBySource.get(source_thread_id)];
    if (head !== undefined && head === source) return [];
    const message =
      head === undefined
        ? 'A sync point belongs to a session that no lineage has.'
        : `Its session is of lineage ${head}, its source of ${source ?? 'none'}.`;
    return of(thread_id, databaseFile(home, 'sidecar'))('lineages_disagree', 'error', message, 'rebuild-sidecar --execute');
  });
}
