// What becomes of a local session, apart from its lines: row, name, archive state, what the sidecar is told.

import path from 'node:path';
import { nameInIndex } from '../../adapters/codex_home/session_index.ts';
import { type PresentSession, pathForRow } from '../../adapters/local_sessions/local_session.ts';
import { readFirstLine } from '../../adapters/rollout/first_line.ts';
import { baseName, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import { userNameOf } from '../../domain/plan/branch_name.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { isoOfUpdate, rowChanges } from '../../domain/plan/session_changes.ts';
import type { SyncRecord } from '../../domain/plan/sidecar_changes.ts';
import type { Head, SyncPoint } from '../../domain/sidecar/sidecar.ts';
import { isLater, mergedArchive, mergedName } from '../../domain/thread/metadata_merge.ts';
import { missingName } from '../../domain/thread/thread_name.ts';
import type { Column, RowFacts } from '../../domain/thread/thread_row.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { MatchedHead } from '../match/matched_head.ts';
import { syncRecord } from './sidecar_update.ts';

/** `taken`: what the session has from the package, in words. `file`: where its rollout lies afterwards, compressed or not. */
export type MetadataPlan = {
  file: string;
  moves: Change[];
  changes: Change[];
  repaired: string[];
  taken: string[];
  /** The package says something that the sync point does not. */
  updatesPoint: boolean;
  record: SyncRecord;
};

/** `advances`: the session is moved on by lines of the package. */
export function planMetadata(
  incoming: IncomingSession,
  head: MatchedHead,
  advances: boolean,
  context: SyncContext,
): MetadataPlan {
  const { session: local, threadId, folder } = head;
  const merge = mergeMetadata(incoming, head, advances, context);
  const { point, isNewer, archived, file } = merge;
  const facts = localFacts(incoming, head, merge, context);
  const agreed = point ? point.name : incoming.threadId === threadId ? incoming.name : null;
  const missing = missingName(local.row, local.name, agreed);
  const row = { row: local.row, facts, base: point, givenName: merge.givenName, missing };
  const told = local.row ? incoming : withOwnSource(incoming, local.file);
  const { changes, repaired } = rowChanges(told, row, context.local.threadColumns, {
    advances,
    takesName: isNewer,
    archived,
  });
  const isNamed = (local.row ? (merge.name ?? missing) : facts.name) !== null;
  const newName = isNewer && local.name !== incoming.name && merge.name === incoming.name ? incoming.name : null;
  const names = { rolloutPath: uncompressed(file), name: isNamed ? recordedName(merge, incoming.name) : null };
  return {
    file,
    moves: file === local.file ? [] : [{ kind: 'move_rollout', path: local.file, to: file }],
    changes: newName === null ? changes : [...changes, nameInIndex(context.home.path, threadId, newName, isoOfUpdate(incoming))],
    repaired,
    taken: [...(newName === null ? [] : ['its name']), ...archiveWords(local.archived, archived)],
    updatesPoint: isNewer && (point?.archived !== Number(incoming.archived) || (incoming.name ?? point?.name) !== point?.name),
    record: syncRecord(incoming, merge.head, names, folder, context),
  };
}

/** Who spawned a session that is here is what its own file says: a package could make it a sub-agent, which lists hide and Codex deletes with its parent. */
const withOwnSource = (incoming: IncomingSession, file: string): IncomingSession => ({
  ...incoming,
  row: { ...incoming.row, source: readFirstLine(file)?.meta.source || 'vscode' },
});

function localFacts(
  incoming: IncomingSession,
  { session: local, threadId, folder, end }: MatchedHead,
  { point, file }: MetadataMerge,
  context: SyncContext,
): RowFacts {
  return {
    id: threadId,
    rolloutPath: pathForRow(local, file),
    cwd: folder.path,
    modelProvider: context.providerOf(incoming),
    historyMode: end?.historyMode ?? localHistoryMode(local, incoming, context.local.threadColumns),
    name: local.name ?? point?.name ?? incoming.name,
    archived: local.archived,
    isPinned: false,
    rights: local.row ? null : context.rightsIn(folder.path),
  };
}

/** A branch or a copy keeps in mind what it was called locally; its source may be called anything. */
const recordedName = ({ head, point }: MetadataMerge, incoming: string | null): string | null =>
  isOfThisMachine(head) ? (point?.name ?? null) : (incoming ?? point?.name ?? null);

const isOfThisMachine = ({ origin }: Pick<Head, 'origin'>): boolean => origin === 'branch' || origin === 'copy';

/** The file is only opened where the row gives reason to (it may have been converted, or the row may be wrong), and where there are rows. */
function localHistoryMode({ row, file }: PresentSession, { transcript }: IncomingSession, columns: Column[] | null): string {
  const { historyMode } = transcript.meta;
  return columns === null || row?.history_mode === historyMode
    ? historyMode
    : (readFirstLine(file)?.meta.historyMode ?? 'legacy');
}

const archiveWords = (before: boolean, after: boolean): string[] =>
  before === after ? [] : [after ? 'it is archived' : 'it is unarchived'];

/** `isNewer`: the package is listened to. `givenName`: before. `name`, `archived`, `file`: as they are afterwards. */
type MetadataMerge = {
  head: Omit<Head, 'lineage_id'>;
  point: SyncPoint | null;
  isNewer: boolean;
  givenName: string | null;
  name: string | null;
  archived: boolean;
  file: string;
};

/** What of the package's name and archive state holds locally. A branch or a copy has both from this machine. */
function mergeMetadata(
  incoming: IncomingSession,
  { session: local, threadId, relation }: MatchedHead,
  advances: boolean,
  { home, local: { sidecar }, packedAt }: SyncContext,
): MetadataMerge {
  const head = sidecar.head(threadId) ?? { thread_id: threadId, origin: 'found', branched_from: null };
  const point = sidecar.point(threadId, incoming.threadId) ?? sidecar.pointsOfHead(threadId)[0] ?? null;
  const isSame = relation.localAhead === 0 && relation.incomingAhead === 0;
  const isNewer = !isOfThisMachine(head) && (advances || (isSame && isLater(packedAt, point)));
  const givenName = userNameOf(local, sidecar);
  const archived = isNewer ? mergedArchive(local.archived, incoming.archived, point) : local.archived;
  return {
    head,
    point,
    isNewer,
    givenName,
    name: isNewer ? mergedName(givenName, incoming.name, point) : givenName,
    archived,
    file: archived === local.archived ? local.file : placeOfRollout(home.path, local.file, archived),
  };
}

/** As Codex does: flat in the archive, else in the folder that the name tells. */
export function placeOfRollout(home: string, file: string, archived: boolean): string {
  const folder = archived ? ['archived_sessions'] : ['sessions', ...(parseRolloutName(baseName(file))?.folder.split('/') ?? [])];
  return path.join(home, ...folder, path.basename(file));
}

export function changesMetadata(incoming: IncomingSession, head: MatchedHead, context: SyncContext): boolean {
  const { changes, moves, updatesPoint } = planMetadata(context.family.withLocalParent(incoming), head, false, context);
  return changes.length + moves.length > 0 || updatesPoint;
}
