// What the sidecar says of sessions, against the sessions.

import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import type { LocalHome, LocalSession } from '../adapters/local_home.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import type { HomeFacts } from '../domain/held_sidecar.ts';

const PRUNE = 'prune-invalid-mappings --execute';
const REPLAY = 'replay-transactions-sidecar --execute';

type Findings = Finding<HealthCode>[];

export const findingsOfMappings = (home: CodexHome, local: LocalHome, facts: HomeFacts): Findings => [
  ...disagreements(home, local),
  ...[...local.sidecar.heads.keys()].flatMap((id) => findingsOfHead(id, local, facts)),
];

const of = (thread_id: string, where: string) => {
  const found = findingAt<HealthCode>(where);
  return (...words: Parameters<typeof found>): Findings => [{ ...found(...words), thread_id }];
};

function findingsOfHead(id: string, local: LocalHome, facts: HomeFacts): Findings {
  const session = local.sessions.get(id);
  if (!session?.file) return goneFrom(id, session);
  const rowless = local.schema && !session.row ? withoutRow(id) : [];
  const standings = new Set((local.sidecar.pointsOfHead.get(id) ?? []).map((point) => facts.standing(id, point)));
  if (standings.has('shrunk')) return [...rowless, ...shrunkSince(id, session.file)];
  return [...rowless, ...(standings.has('changed') ? changedSince(id, session.file) : [])];
}

const goneFrom = (id: string, session: LocalSession | undefined): Findings =>
  session
    ? of(id, String(session.row?.rollout_path ?? 'threads'))(
        'rollout_missing',
        'error',
        'Its row is here and its rollout is gone.',
        PRUNE,
      )
    : of(id, 'heads')('session_deleted', 'note', 'The session was deleted here after a sync.', PRUNE);

const withoutRow = (id: string): Findings =>
  of(id, 'threads')(
    'row_missing',
    'warning',
    'Its rollout is here and the state database has no row for it.',
    `adopt --thread-id ${id} --repair --execute`,
  );

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
