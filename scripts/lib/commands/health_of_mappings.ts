// What the sidecar says of sessions, against the sessions.

import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { digestFile, statFile } from '../adapters/disk.ts';
import type { LocalHome } from '../adapters/local_home.ts';
import { contentSize } from '../adapters/rollout_bytes.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import { isCompressed } from '../domain/rollout_name.ts';
import type { Head, SyncPoint } from '../domain/sidecar.ts';
import { lastWrites, type WrittenEnd } from './written_ends.ts';

const PRUNE = 'prune-invalid-mappings --execute';
const REPLAY = 'replay-transactions-sidecar --execute';

type Findings = { findings: Finding<HealthCode>[]; bytes: number };

export function findingsOfMappings(home: CodexHome, local: LocalHome): Findings {
  const written = lastWrites(home);
  const all = [...local.sidecar.heads.values()].map((head) => findingsOfHead(head, local, written));
  return {
    findings: [...disagreements(home, local), ...all.flatMap(({ findings }) => findings)],
    bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

function findingsOfHead({ thread_id }: Head, local: LocalHome, written: Map<string, WrittenEnd>): Findings {
  const session = local.sessions.get(thread_id);
  const found = (where: string) => (code: HealthCode, severity: Finding['severity'], message: string, mend: string | null) => [
    { ...findingAt<HealthCode>(where)(code, severity, message, mend), thread_id: thread_id as string },
  ];
  if (!session) {
    const where = 'heads';
    return { findings: found(where)('session_deleted', 'note', 'The session was deleted here after a sync.', PRUNE), bytes: 0 };
  }
  if (!session.file) {
    const where = String(session.row?.rollout_path ?? 'threads');
    return { findings: found(where)('rollout_missing', 'error', 'Its row is here and its rollout is gone.', PRUNE), bytes: 0 };
  }
  const points = local.sidecar.pointsOfHead.get(thread_id) ?? [];
  const size = statFile(session.file)?.size ?? 0;
  const needed = Math.max(0, ...points.map(({ local_size }) => local_size));
  const rowless =
    local.schema && !session.row
      ? found('threads')(
          'row_missing',
          'warning',
          'Its rollout is here and the state database has no row for it.',
          `adopt --thread-id ${thread_id} --repair --execute`,
        )
      : [];
  if (size < needed && contentSize(session.file) < needed)
    return {
      findings: [
        ...rowless,
        ...found(session.file)(
          'rollout_shrank',
          'error',
          `It has ${size} bytes, and a sync left it with ${needed}: it was restored from a backup or cut.`,
          REPLAY,
        ),
      ],
      bytes: 0,
    };
  const changed = isAsLeft(session.file, points)
    ? { bytes: 0, isChanged: false }
    : lookInto(session.file, written.get(thread_id));
  return {
    findings: [
      ...rowless,
      ...(changed.isChanged
        ? found(session.file)(
            'rollout_changed',
            'error',
            'What a sync wrote there was changed since.',
            'bring the file back from a backup, or leave it: a sync compares it anew',
          )
        : []),
    ],
    bytes: changed.bytes,
  };
}

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
function disagreements(home: CodexHome, { sidecar }: LocalHome): Finding<HealthCode>[] {
  return [...sidecar.pointsOfHead.values()].flat().flatMap(({ thread_id, source_thread_id }) => {
    const [head, source] = [sidecar.heads.get(thread_id)?.lineage_id, sidecar.lineageBySource.get(source_thread_id)];
    if (head !== undefined && head === source) return [];
    const message =
      head === undefined
        ? 'A sync point belongs to a session that no lineage has.'
        : `Its session is of lineage ${head}, its source of ${source ?? 'none'}.`;
    const found = findingAt<HealthCode>(databaseFile(home, 'sidecar'));
    return [{ ...found('lineages_disagree', 'error', message, 'rebuild-sidecar --execute'), thread_id }];
  });
}
