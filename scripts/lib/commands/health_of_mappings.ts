// What the sidecar says of sessions, against the sessions.

import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { digestFile, statFile } from '../adapters/disk.ts';
import type { LocalHome, LocalSession } from '../adapters/local_home.ts';
import { contentSize } from '../adapters/rollout_bytes.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import { isCompressed } from '../domain/rollout_name.ts';
import type { SyncPoint } from '../domain/sidecar.ts';
import type { WrittenEnd } from './seen_journals.ts';

const PRUNE = 'prune-invalid-mappings --execute';
const REPLAY = 'replay-transactions-sidecar --execute';

type Findings = Finding<HealthCode>[];

/** `bytes`: how much of rollouts had to be read. */
export function findingsOfMappings(
  home: CodexHome,
  local: LocalHome,
  written: Map<string, WrittenEnd>,
): { findings: Findings; bytes: number } {
  const heads = [...local.sidecar.heads.keys()].map((id) => findingsOfHead(id, local, written.get(id)));
  return {
    findings: [...disagreements(home, local), ...heads.flatMap(({ findings }) => findings)],
    bytes: heads.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

const of = (thread_id: string, where: string) => {
  const found = findingAt<HealthCode>(where);
  return (...words: Parameters<typeof found>): Findings => [{ ...found(...words), thread_id }];
};

function findingsOfHead(id: string, local: LocalHome, written: WrittenEnd | undefined): { findings: Findings; bytes: number } {
  const session = local.sessions.get(id);
  if (!session?.file) return { findings: goneFrom(id, session), bytes: 0 };
  const rowless = local.schema && !session.row ? withoutRow(id) : [];
  const points = local.sidecar.pointsOfHead.get(id) ?? [];
  const shrunk = shrunkSince(id, session.file, points);
  if (shrunk.length > 0 || isAsLeft(session.file, points)) return { findings: [...rowless, ...shrunk], bytes: 0 };
  const { bytes, isChanged } = lookInto(session.file, written);
  return { findings: [...rowless, ...(isChanged ? changedSince(id, session.file) : [])], bytes };
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

function shrunkSince(id: string, file: string, points: SyncPoint[]): Findings {
  const size = statFile(file)?.size ?? 0;
  const needed = Math.max(0, ...points.map(({ local_size }) => local_size));
  if (size >= needed || contentSize(file) >= needed) return [];
  const message = `It has ${size} bytes, and a sync left it with ${needed}: it was restored from a backup or cut.`;
  return of(id, file)('rollout_shrank', 'error', message, REPLAY);
}

const changedSince = (id: string, file: string): Findings =>
  of(id, file)(
    'rollout_changed',
    'error',
    'What a sync wrote there was changed since.',
    'bring the file back from a backup, or leave it: a sync compares it anew',
  );

const isAsLeft = (file: string, points: SyncPoint[]): boolean => {
  const stat = statFile(file);
  return points.some(({ local_size, local_mtime }) => stat?.size === local_size && Math.abs(stat.mtime - local_mtime) <= 2);
};

/** Only the bytes that the last transaction wrote, and only where the file was touched since. */
function lookInto(file: string, end: WrittenEnd | undefined): { bytes: number; isChanged: boolean } {
  if (!end || isCompressed(file) || (statFile(file)?.size ?? 0) < end.to) return { bytes: 0, isChanged: false };
  return { bytes: end.to - end.from, isChanged: digestFile(file, end.from, end.to) !== end.digest };
}

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
