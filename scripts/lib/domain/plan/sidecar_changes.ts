// What the sidecar records of one session: which lineage it is of, which head holds it, what both sides agreed on.

import type { Transcript } from '../compare/transcript.ts';
import { uncompressed } from '../ids/rollout_name.ts';
import type { PathRule } from '../localize/localization.ts';
import type { RowOperation } from '../operation/operation.ts';
import type { ValidSession } from '../package/package.ts';
import { type Head, isAsLeft, type SyncPoint, sidecarOperations } from '../sidecar/sidecar.ts';
import type { Sidecar } from '../sidecar/sidecar_store.ts';
import type { Change } from './plan.ts';
import { asChanges } from './session_changes.ts';

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
export function recordSync(source: Source, record: SyncRecord, known: Sidecar): Change[] {
  const { head, pathRules } = record;
  const { lineage_id, branched_from: origin } = head;
  const root = source.transcript.root ?? known.row('lineages', { lineage_id })?.root ?? null;
  const newHead = (row: Head): RowOperation[] => (known.head(row.thread_id) ? [] : sidecarOperations('heads', null, row));
  const operations = [
    ...known.operationsFor('lineages', { lineage_id, root }),
    ...known.operationsFor('sources', { source_thread_id: source.threadId, lineage_id }),
    ...newHead(head),
    ...pathRules.flatMap(({ from, to }) => known.operationsFor('path_rules', { lineage_id, from_path: from, to_path: to })),
  ];
  const parted = origin ? newHead({ thread_id: origin, lineage_id, origin: 'found', branched_from: null }) : [];
  return [...asChanges(operations), syncPointChange(source, record, known), ...asChanges(parted)];
}

/** The sync point is filled in when it is staged: then the rollout's new size is known. */
function syncPointChange({ threadId, digest, size, transcript }: Source, record: SyncRecord, known: Sidecar): Change {
  const { thread_id } = record.head;
  const point = { thread_id, source_thread_id: threadId, incoming_digest: digest, incoming_size: size, ...record.agreed };
  return { kind: 'sync_point', path: record.rolloutPath, before: known.point(thread_id, threadId), point, transcript };
}

/** The points at which both sides left a rollout, for a record that the tool itself adds: it is still as both left it. */
export const pointsAsLeft = (points: readonly SyncPoint[], end: { size: number; mtime: number }, file: string): Change[] =>
  points
    .filter((point) => isAsLeft(end, point))
    .map((before) => {
      const { incoming_transcript, local_size: _size, local_mtime: _mtime, ...point } = before;
      const transcript = JSON.parse(incoming_transcript) as Transcript;
      return { kind: 'sync_point', path: uncompressed(file), before, point, transcript };
    });
