// What the sidecar records of one session: which lineage it is of, which head holds it, what both sides agreed on.

import type { PathRule } from '../localize/localization.ts';
import type { Operation } from '../operation/operation.ts';
import type { ValidSession } from '../package/package.ts';
import { type Head, pointOf, type SidecarKnowledge, type SyncPoint, sidecarRow } from '../sidecar/sidecar.ts';
import type { Change } from './plan.ts';

/** `agreed`: name and archive state as the package has them, and when it was packed. `pathRules`: flags that led to the session's folder. */
export type SyncRecord = {
  head: Head;
  rolloutPath: string;
  agreed: Pick<SyncPoint, 'name' | 'title' | 'archived' | 'packed_at'>;
  pathRules: PathRule[];
};

/** A session of a package, or one of this home as its own package would hold it. */
type Source = Pick<ValidSession, 'threadId' | 'digest' | 'size' | 'transcript'>;

/** The session that a branch parted from becomes a head as well, where no lineage knows it yet. */
export function recordSync(source: Source, record: SyncRecord, known: SidecarKnowledge): Change[] {
  const { head, pathRules } = record;
  const { lineage_id, branched_from: origin } = head;
  const lineage = known.lineages.get(lineage_id) ?? null;
  const sourceRow = { source_thread_id: source.threadId };
  const lineageBefore = known.lineageBySource.get(source.threadId);
  const newHead = (row: Head): Operation | null => (known.heads.has(row.thread_id) ? null : sidecarRow('heads', null, row));
  const operations = [
    sidecarRow('lineages', lineage, { lineage_id, root: source.transcript.root ?? lineage?.root ?? null }),
    sidecarRow('sources', lineageBefore ? { ...sourceRow, lineage_id: lineageBefore } : null, { ...sourceRow, lineage_id }),
    newHead(head),
    ...pathRules.map(({ from, to }) => {
      const before = known.rulesOfLineage.get(lineage_id)?.find((rule) => rule.from_path === from) ?? null;
      return sidecarRow('path_rules', before, { lineage_id, from_path: from, to_path: to });
    }),
  ];
  const parted = origin && newHead({ thread_id: origin, lineage_id, origin: 'found', branched_from: null });
  return [...operations.flatMap(asChange), syncPointChange(source, record, known), ...asChange(parted)];
}

const asChange = (operation: Operation | null): Change[] => (operation ? [{ kind: 'operation', operation }] : []);

/** The sync point is filled in when it is staged: then the rollout's new size is known. */
function syncPointChange({ threadId, digest, size, transcript }: Source, record: SyncRecord, known: SidecarKnowledge): Change {
  const { thread_id } = record.head;
  const point = { thread_id, source_thread_id: threadId, incoming_digest: digest, incoming_size: size, ...record.agreed };
  return { kind: 'sync_point', path: record.rolloutPath, before: pointOf(known, thread_id, threadId), point, transcript };
}
