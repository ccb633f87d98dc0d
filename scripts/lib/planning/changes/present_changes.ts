// What becomes of a session that is here already, apart from its lines: row, name, archive state, what the sidecar learns.

import path from 'node:path';
import { type LocalSession, pathForRow, type StateSchema } from '../../adapters/codex_home/local_home.ts';
import { indexFile, indexLine } from '../../adapters/codex_home/session_index.ts';
import { readFirstLine } from '../../adapters/rollout/rollout_chain.ts';
import { baseName, parseRolloutName, uncompressed } from '../../domain/ids/rollout_name.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import { localizePath, type PathRules, plainPath } from '../../domain/localize/localization.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import { nameGivenHere } from '../../domain/plan/made_name.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { type Learned, rowChanges, updatedAt } from '../../domain/plan/session_changes.ts';
import { type HeadOrigin, pointOf, type SyncPoint } from '../../domain/sidecar/sidecar.ts';
import { isLater, mergedArchive, mergedName } from '../../domain/thread/metadata_merge.ts';
import { missingName, type NameBase, nameOf, type RowFacts } from '../../domain/thread/thread_row.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { Decision } from '../match/relate_session.ts';
import { withSourceHere } from './attachments.ts';
import { isArchived } from './describe_session.ts';
import { learn } from './sidecar_update.ts';

/** A name goes to the index as well: it is the only place where Codex 0.117 looks. */
const indexChange = (threadId: ThreadId, name: string, incoming: ValidSession, { home }: SyncContext): Change => {
  const line = indexLine(threadId, name, new Date(updatedAt(incoming)).toISOString());
  return { kind: 'operation', operation: { kind: 'index_entry', path: indexFile(home.path), line, action: 'add' } };
};

/** `taken`: what the session has from the package, in words. `file`: where its rollout lies afterwards, compressed or not. */
export type PresentChanges = {
  file: string;
  moves: Change[];
  changes: Change[];
  mended: string[];
  taken: string[];
  /** The package says something that the sync point does not. */
  hasNews: boolean;
  rules: PathRules;
  learned: Learned;
};

export function presentChanges(
  incoming: ValidSession,
  decision: Decision,
  local: LocalSession,
  advances: boolean,
  context: SyncContext,
): PresentChanges {
  const { sidecar, schema } = context.local;
  const rules = context.rulesFor(incoming, decision.lineageId, local, decision.localEnd);
  const news = findNews(incoming, decision, local, advances, context);
  const { point } = news;
  const base: NameBase = point ? { name: point.name, title: point.title } : null;
  const incomingName = nameOf(incoming.row, incoming.indexName);
  const facts: RowFacts = {
    id: local.threadId,
    rolloutPath: pathForRow(local, news.file),
    cwd: plainPath(localizePath(incoming.transcript.meta.cwd, rules).path),
    modelProvider: context.providerOf(incoming),
    historyMode: decision.localEnd?.historyMode ?? historyModeHere(local, incoming, schema),
    name: local.name ?? base?.name ?? incomingName,
    archived: local.archived,
    isPinned: false,
    rights: context.rightsIn(plainPath(localizePath(incoming.transcript.meta.cwd, rules).path)),
  };
  const agreed = base ? base.name : incoming.threadId === local.threadId ? incomingName : null;
  const missing = missingName(local.row, local.name, agreed);
  const present = { row: local.row, facts, base, nameHere: nameGivenHere(local, sidecar), missing };
  const { changes, mended } = rowChanges(withSourceHere(incoming, context), present, schema, { ...news, advances });
  const isNamed = (local.row ? (news.name ?? missing) : facts.name) !== null;
  const isRenamed = news.takesName && incomingName !== null && local.name !== incomingName && news.name === incomingName;
  if (isRenamed) changes.push(indexChange(local.threadId, incomingName, incoming, context));
  const origin = sidecar.heads.get(local.threadId)?.origin ?? 'found';
  return {
    file: news.file,
    moves: news.file === local.file ? [] : [{ kind: 'move_rollout', path: local.file as string, to: news.file }],
    changes,
    mended,
    taken: [...(isRenamed ? ['its name'] : []), ...archiveWords(local.archived, news.archived)],
    hasNews: news.isHeard && (point?.archived !== Number(isArchived(incoming)) || (incomingName ?? base?.name) !== point?.name),
    rules,
    learned: learn(
      incoming,
      decision,
      { ...facts, rolloutPath: uncompressed(news.file), name: isNamed ? agreedName(origin, incomingName, base) : null },
      origin,
      rules,
      context,
    ),
  };
}

/** A branch or a copy keeps in mind what it was called here; its source may be called anything. */
const agreedName = (origin: HeadOrigin, incoming: string | null, base: NameBase): string | null =>
  isOfThisMachine(origin) ? (base?.name ?? null) : (incoming ?? base?.name ?? null);

const isOfThisMachine = (origin: HeadOrigin): boolean => origin === 'branch' || origin === 'copy';

/** The file is only opened where the row gives reason to (it may have been converted, or the row may be wrong), and where there are rows. */
function historyModeHere({ row, file }: LocalSession, { transcript }: ValidSession, schema: StateSchema): string {
  const { historyMode } = transcript.meta;
  return schema === null || row?.history_mode === historyMode
    ? historyMode
    : (readFirstLine(file as string)?.meta.historyMode ?? 'legacy');
}

const archiveWords = (before: boolean, after: boolean): string[] =>
  before === after ? [] : [after ? 'it is archived' : 'it is out of the archive'];

type News = {
  point: SyncPoint | null;
  isHeard: boolean;
  takesName: boolean;
  name: string | null;
  archived: boolean;
  file: string;
};

/** What of the package's name and archive state holds here. A branch or a copy has both from this machine. */
function findNews(
  incoming: ValidSession,
  { verdict, isKnown }: Decision,
  local: LocalSession,
  advances: boolean,
  { home, local: { sidecar }, packedAt }: SyncContext,
): News {
  const point = pointOf(sidecar, local.threadId, incoming.threadId) ?? sidecar.pointsOfHead.get(local.threadId)?.[0] ?? null;
  const origin = sidecar.heads.get(local.threadId)?.origin ?? 'found';
  const isSame = isKnown || (verdict.best?.relation.localAhead === 0 && verdict.best.relation.incomingAhead === 0);
  const isHeard = !isOfThisMachine(origin) && (advances || (isSame && isLater(packedAt, point)));
  const archived = isHeard ? mergedArchive(local.archived, isArchived(incoming), point) : local.archived;
  const own = nameGivenHere(local, sidecar);
  const name = isHeard ? mergedName(own, nameOf(incoming.row, incoming.indexName), point) : own;
  const file = archived === local.archived ? (local.file as string) : placeOfRollout(home.path, local.file as string, archived);
  return { point, isHeard, takesName: isHeard, name, archived, file };
}

/** As Codex does: flat in the archive, else in the folder that the name tells. */
function placeOfRollout(home: string, file: string, archived: boolean): string {
  const folder = archived ? ['archived_sessions'] : ['sessions', ...(parseRolloutName(baseName(file))?.folder.split('/') ?? [])];
  return path.join(home, ...folder, path.basename(file));
}

export const hasSomethingToMend = (
  incoming: ValidSession,
  decision: Decision,
  local: LocalSession,
  context: SyncContext,
): boolean => {
  const { changes, moves, hasNews } = presentChanges(incoming, decision, local, false, context);
  return changes.length + moves.length > 0 || hasNews;
};
