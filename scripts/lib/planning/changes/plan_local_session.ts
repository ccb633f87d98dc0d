// Local sessions that incoming ones belong to: kept, repaired, appended to.

import path from 'node:path';
import { whyNotWritable } from '../../adapters/disk/write_access.ts';
import { type PresentSession, supersededBy } from '../../adapters/local_sessions/local_session.ts';
import { isListedPlace } from '../../adapters/rollout/rollout_files.ts';
import { isCompressed } from '../../domain/ids/rollout_name.ts';
import { plainPath } from '../../domain/localize/localization.ts';
import { namesSourceFolders } from '../../domain/localize/source_folders.ts';
import { appendTo } from '../../domain/plan/append_rollout.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { Change, PlannedSession } from '../../domain/plan/plan.ts';
import { forThread, sourceOf, updatedAt } from '../../domain/plan/session_changes.ts';
import { recordSync } from '../../domain/plan/sidecar_changes.ts';
import { because, type Reason } from '../../domain/reasons/reason.ts';
import { localizationFor } from '../context/session_localization.ts';
import type { SyncContext } from '../context/sync_context.ts';
import { formToAppend } from '../match/append_form.ts';
import type { MatchedHead, ReadHead } from '../match/matched_head.ts';
import { rightsOfAppended, rightsOfLeft } from '../rights/plan_rights.ts';
import { planAttachments } from './attachments.ts';
import type { Decision, SessionPlan } from './decision.ts';
import { describe, describeInvalid, metadataWords, withWarnings } from './describe_session.ts';
import { planMetadata } from './plan_metadata.ts';

export function planKeep(decision: Decision, head: MatchedHead, context: SyncContext): SessionPlan {
  const { incoming } = decision;
  const { session: local, end } = head;
  const { threadId } = local;
  const session = describe(decision, 'none', context, head);
  const isWriter = context.claim(threadId, incoming.threadId);
  // Known by its fingerprint: nothing of it needs repair.
  if (!end) return { session: isWriter ? withWarnings(session, [], placesOf(local, context)) : session, changes: [] };
  const metadata = planMetadata(incoming, head, false, context);
  const recorded = recordSync(incoming, metadata.record, context.local.sidecar);
  const isRecorded = context.local.sidecar.point(threadId, incoming.threadId) !== null;
  if (!isWriter) return { session, changes: forThread(threadId, isRecorded ? [] : recorded) };
  // A session that was synced before was repaired then.
  const repair = isRecorded ? NO_REPAIR : planRepair(incoming, { ...head, end }, metadata.file, session, context);
  const repaired = [...metadata.repaired, ...repair.words];
  const isWritten = metadata.changes.length + metadata.moves.length + repair.changes.length > 0;
  const busy = isWritten && !repair.closed ? context.holders.whyBusy(threadId, local.file) : null;
  const waiting = waitingFor([...repaired, ...metadata.taken], repair.closed, busy);
  if (waiting) return { session: withWarnings(session, [waiting]), changes: [] };
  const record = isRecorded && !metadata.updatesPoint ? [] : recorded;
  return {
    session: withWarnings(session, metadataWords(repaired, metadata.taken), [...placesOf(local, context), ...repair.warnings]),
    changes: forThread(threadId, [...metadata.moves, ...repair.changes, ...metadata.changes, ...record]),
  };
}

/** Why the local session is not written now; null where it is. */
function waitingFor(words: string[], closed: string | null, busy: Reason | null): string | null {
  const waits = `has to wait (${words.join(', ')})`;
  return closed ? `this ${waits}: ${closed}` : busy && `it is open, so this ${waits}: ${busy.reason}`;
}

/** What is set right at the first sync of a session that is local already. `words`: the same for people. `closed`: why not now. */
type Repair = { changes: Change[]; words: string[]; warnings: string[]; closed: string | null };

const NO_REPAIR: Repair = { changes: [], words: [], warnings: [], closed: null };

function planRepair(
  incoming: IncomingSession,
  head: ReadHead,
  file: string,
  session: PlannedSession,
  context: SyncContext,
): Repair {
  const localization = localizationFor(incoming, head.threadId, head.folder.rules, context, null);
  const present = { thread: threadOf(head, session), end: head.end, file: head.session.file };
  // Settings that name folders of the source machine are said once more with those of this one.
  const added = rightsOfLeft(present, localization, context);
  const settings = added ? [appendTo(file, head.end, { added, mtime: mtimeAfter(incoming, head) })] : [];
  const attachments = planAttachments(incoming, head.threadId, context, head.session);
  return {
    changes: [...settings, ...attachments.changes],
    words: [...settings.map(() => ITS_FOLDER), ...(attachments.changes.length > 0 ? ['what belongs to it'] : [])],
    warnings: attachments.warnings,
    closed: settings.length > 0 ? whyClosed(head.session.file, context) : null,
  };
}

export function planAppend(decision: Decision, head: ReadHead, context: SyncContext): SessionPlan {
  const { incoming } = decision;
  const { session: local, end, relation } = head;
  const { threadId } = local;
  const session = describe(decision, 'append', context, head);
  const busy = context.holders.whyBusy(threadId, local.file);
  if (busy) return { session: { ...session, action: 'refuse', classification: 'busy', ...busy }, changes: [] };
  const closed = whyClosed(local.file, context);
  if (closed)
    return { session: describeInvalid(incoming, { ...because('local_not_writable', closed), where: local.file }), changes: [] };
  const metadata = planMetadata(incoming, head, true, context);
  const localization = localizationFor(incoming, threadId, head.folder.rules, context, null);
  const from = relation.incomingResumesAt;
  const present = { thread: threadOf(head, session), end, file: local.file, from };
  const { permissions, added, warnings } = rightsOfAppended(incoming, present, localization, context);
  const form = formToAppend(incoming, end, relation) ?? 'as_it_is';
  const lines = { source: sourceOf(incoming), from, localization, form };
  const append = appendTo(metadata.file, end, { lines, added, mtime: mtimeAfter(incoming, head) });
  const attachments = planAttachments(incoming, threadId, context, local);
  const repaired = namesSourceFolders(end, localization) ? [...metadata.repaired, ITS_FOLDER] : metadata.repaired;
  const recorded = recordSync(incoming, metadata.record, context.local.sidecar);
  return {
    session: withWarnings({ ...session, permissions }, metadataWords(repaired, metadata.taken), [
      ...warnings,
      ...placesOf(local, context),
      ...attachments.warnings,
    ]),
    changes: forThread(threadId, [...metadata.moves, append, ...metadata.changes, ...attachments.changes, ...recorded]),
  };
}

/**
 * Null where the rollout can be appended to. A compressed one is replaced by a plain one. Where nothing of the home may be written, as in
 * Codex's sandbox, the plan is that of a run that may.
 */
function whyClosed(file: string, { home }: SyncContext): string | null {
  const why = whyNotWritable(isCompressed(file) ? path.dirname(file) : file);
  return why === null || whyNotWritable(home.path) !== null ? null : `this user may not write the local rollout: ${why}`;
}

const ITS_FOLDER = 'its working folder';

/** Lists sort by it: a session never gets older. */
const mtimeAfter = (incoming: IncomingSession, { end }: ReadHead): number => Math.max(updatedAt(incoming), Math.trunc(end.mtime));

const threadOf = ({ threadId, session: { row }, end }: ReadHead, session: PlannedSession) => ({
  threadId,
  folder: plainPath(end.metaCwd || String(row?.cwd ?? '')),
  modelProvider: session.model_provider.id,
  historyMode: end.historyMode,
});

/** What is odd about where it lies: nothing of that is changed. */
function placesOf(local: PresentSession, { home }: SyncContext): string[] {
  const superseded = supersededBy(local);
  return [
    ...local.others
      .filter((other) => !superseded.includes(other))
      .map((other) => `this session has another file, which is left alone and may contain more: ${other}`),
    ...(isListedPlace(home.path, local.file)
      ? []
      : [`Codex finds its file only by id, because its lists skip this folder: ${local.file}`]),
  ];
}
