// The rights of what arrives: what its sender had, what it has here, and the settings line that sees to it (invariant 11).

import type { RolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Localization } from '../../domain/localize/localization.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import type { Permissions } from '../../domain/plan/plan.ts';
import { rightsOfContext, rightsOfSettings } from '../../domain/rights/recorded_rights.ts';
import {
  type Approval,
  isApprovalWithin,
  NOTHING_RECORDED,
  narrowed,
  type RecordedRights,
  type Rights,
  shown,
} from '../../domain/rights/rights.ts';
import { type AddedSettings, addedPayload, fieldsIn, fieldsOf, type RightsFields } from '../../domain/rights/settings_line.ts';
import { isOwn, isSpelledAsByCodex, settingsIn } from '../../domain/rights/settings_spelling.ts';
import type { SyncContext } from '../context/sync_context.ts';
import { isFromEarlierVersion } from './local_rights.ts';
import { isNarrow, readSenderRights, type SenderRights, workingFolder } from './sender_rights.ts';

/** `rights`: those that a row says; null where the sender's hold. */
export type SettledRights = { permissions: Permissions; added: AddedSettings | null; rights: Rights | null; warnings: string[] };

/** A thread as it is, or will be, here. `folder`: where it works. */
type LocalThread = { threadId: ThreadId; folder: string; modelProvider: string; historyMode: string };

/** A session that is new here gets no more than a new thread in its folder. */
export function rightsOfNew(
  incoming: ValidSession,
  thread: LocalThread,
  localization: Localization,
  context: SyncContext,
): SettledRights {
  const sender = readSenderRights(incoming, 0, localization);
  const folder = workingFolder(sender, thread.folder, context);
  const allowed = context.rightsIn(folder);
  const narrow = isNarrow(sender, allowed, folder);
  if (context.options.keepPermissions) return kept(sender, narrow);
  const local = narrowed(sender.all, allowed);
  return settled(sender, local, narrow ? null : addedTo(incoming, sender, fieldsOf(local, folder), thread, context));
}

/** What is appended to a session leaves it the rights that it had. `from`: logical offset of the first line that is appended. */
export function rightsOfAppended(
  incoming: ValidSession,
  { thread, end, from }: { thread: LocalThread; end: RolloutEnd; from: number },
  localization: Localization,
  context: SyncContext,
): SettledRights {
  const sender = readSenderRights(incoming, from, localization);
  const own = ownSettings(end, thread.threadId);
  const { cwd } = settingsIn(own);
  const folder = typeof cwd === 'string' ? cwd : thread.folder;
  const configured = context.rightsIn(folder);
  // Until now it had what its sender had.
  const isUnseen = isFromEarlierVersion(context.local.sidecar, thread.threadId);
  const allowed = isUnseen ? configured : rightsBefore(own, end.lastContext, configured);
  const narrow = isNarrow(sender, allowed, folder);
  if (context.options.keepPermissions) return kept(sender, narrow);
  if (narrow) return settled(sender, narrowed(sender.all, allowed), null);
  const fields =
    own && !isUnseen
      ? { ...fieldsIn(own), approval_policy: allowed.approval, approvals_reviewer: allowed.reviewer }
      : fieldsOf(allowed, folder);
  return settled(sender, allowed, addedTo(incoming, sender, fields, thread, context));
}

/** Settings that Codex cannot read, or of another thread, gave it nothing. */
const ownSettings = ({ lastSettings }: RolloutEnd, threadId: ThreadId): Buffer | null =>
  lastSettings && isOwn(lastSettings, threadId) && isSpelledAsByCodex(lastSettings) ? lastSettings : null;

const settled = ({ all }: SenderRights, local: Rights, added: AddedSettings | null): SettledRights => ({
  permissions: { sender: shown(all), local: shown(local), kept: false },
  added,
  rights: local,
  warnings: [],
});

const kept = ({ all }: SenderRights, narrow: boolean): SettledRights => ({
  permissions: { sender: shown(all), local: shown(all), kept: true },
  added: null,
  rights: null,
  warnings: narrow ? [] : ['--keep-permissions gives it rights that a new thread on this machine would not have'],
});

/** What a thread of this machine was allowed before: what its own lines say, and the configuration where they say nothing. */
function rightsBefore(settings: Buffer | null, context: Buffer | null, configured: Rights): Rights {
  const said = settings ? rightsOfSettings(settings, null) : NOTHING_RECORDED;
  const later = context ? rightsOfContext(context) : NOTHING_RECORDED;
  const { sandbox, network, roots } = said;
  const isSaid = sandbox !== null && sandbox !== 'unknown';
  const reviewers = [said.reviewer, later.reviewer].filter((reviewer) => reviewer !== null);
  const isModel = reviewers.length > 0 && reviewers.every((reviewer) => reviewer === 'auto_review');
  return {
    approval: narrowestOf([said.approval, later.approval], configured.approval),
    reviewer: reviewers.length === 0 ? configured.reviewer : isModel ? 'auto_review' : 'user',
    ...(isSaid
      ? { sandbox, network, roots }
      : { sandbox: configured.sandbox, network: configured.network, roots: configured.roots }),
  };
}

/** Versions differ in which of the two they go by. */
function narrowestOf(recorded: RecordedRights['approval'][], configured: Approval): Approval {
  const said = recorded.filter((approval) => approval !== null && approval !== 'unknown');
  const narrowest = said.find((one) => said.every((other) => isApprovalWithin(one, other)));
  return narrowest ?? configured;
}

/** What the user chose about the model holds on from the lines that arrive. */
function addedTo(
  { transcript }: ValidSession,
  { lines: { settings, context } }: SenderRights,
  fields: RightsFields,
  thread: LocalThread,
  { defaultModel }: SyncContext,
): AddedSettings {
  return {
    timestamp: transcript.lastTimestamp ?? transcript.meta.timestamp,
    ordinal: thread.historyMode === 'paginated' ? (transcript.numbering.highest ?? -1) + 1 : null,
    payload: addedPayload(fields, settings ?? context, { ...thread, defaultModel }),
  };
}
