// The rights of what is written: what its sender had, what it has, and the settings line that sees to it (invariant 11). Nothing rests on
// how the sender spells its own: whatever is written ends with this line, unless it ends with the same one, or holds no rights at all.

import type { RolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import { type Localization, plainPath } from '../../domain/localize/localization.ts';
import { localizeLine } from '../../domain/localize/localize_line.ts';
import { namesSourceFolders } from '../../domain/localize/source_folders.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import { isSamePath, readableHere } from '../../domain/paths/foreign_path.ts';
import { UNLOCALIZED } from '../../domain/plan/append_rollout.ts';
import type { Permissions } from '../../domain/plan/plan.ts';
import { rightsOfSettings } from '../../domain/rights/recorded_rights.ts';
import { NOTHING_RECORDED, narrowed, type Rights, shown } from '../../domain/rights/rights.ts';
import { folderInSettings } from '../../domain/rights/settings_folder.ts';
import { type AddedEvent, addedPayload, fieldsIn, fieldsOf, type RightsFields } from '../../domain/rights/settings_line.ts';
import { isOwn } from '../../domain/rights/settings_spelling.ts';
import { readHead } from '../../domain/rollout/rollout_line.ts';
import type { SyncContext } from '../context/sync_context.ts';
import { mayHaveSendersRights } from './earlier_imports.ts';
import { fieldsBefore, rightsBefore } from './rights_before.ts';
import { readSaidRights, type SaidRights, saysAlready } from './sender_rights.ts';

/** `rights`: those that a row says; null where the sender's hold. */
export type SettledRights = { permissions: Permissions; added: AddedEvent | null; rights: Rights | null; warnings: string[] };

/** A thread as it is, or will be, on this machine. `folder`: where it works. */
type LocalThread = { threadId: ThreadId; folder: string; modelProvider: string; historyMode: string };

/** A session that is new on this machine gets no more than a new thread in its folder. */
export function rightsOfNew(
  incoming: ValidSession,
  thread: LocalThread,
  localization: Localization,
  context: SyncContext,
): SettledRights {
  const sender = readSaidRights(incoming.ranges, incoming.transcript.rightsPlaces, 0, localization);
  const folder = readableHere(thread.folder, context.home.path);
  const local = narrowed(sender.said, context.rightsIn(folder));
  const added = addedBehind(incoming, fieldsOf(local, folder), sender.settings ?? sender.context, thread, context);
  const result = settled(sender, local, added, context);
  return { ...result, warnings: [...result.warnings, ...(result.added ? movedBySender(sender, thread) : [])] };
}

/** Where the sender went on with it in another folder, that is no reason to work there. */
function movedBySender({ settings }: SaidRights, { threadId, folder }: LocalThread): string[] {
  const moved = plainPath(folderInSettings(settings, threadId) ?? folder);
  if (isSamePath(moved, folder)) return [];
  return [
    `it was moved to ${moved} by its sender, and works in ${folder} here: \`relocate ${threadId} FOLDER --execute\` moves it`,
  ];
}

type PresentThread = { thread: LocalThread; end: RolloutEnd; file: string };

/** What is appended to a session leaves it the rights that it had. `from`: logical offset of the first line that is appended. */
export function rightsOfAppended(
  incoming: ValidSession,
  { from, ...present }: PresentThread & { from: number },
  localization: Localization,
  context: SyncContext,
): SettledRights {
  const sender = readSaidRights(incoming.ranges, incoming.transcript.rightsPlaces, from, localization);
  const { had, fields, base } = rightsOfPresent(present, localization, context);
  const added = addedBehind(incoming, fields, sender.settings ?? sender.context ?? base, present.thread, context);
  return settled(sender, had, added, context);
}

/** The settings that give a thread its folder back, where another tool left those of the source machine; null where they are right. */
export function rightsOfLeft(present: PresentThread, localization: Localization, context: SyncContext): AddedEvent | null {
  const { thread, end } = present;
  if (!namesSourceFolders(end, localization)) return null;
  const { fields, base } = rightsOfPresent(present, localization, context);
  const payload = addedPayload(fields, base, { ...thread, defaultModel: context.defaultModel });
  return { timestamp: end.lastTimestamp ?? '', ordinal: null, payload };
}

type PresentRights = { had: Rights; fields: RightsFields; base: Buffer | null };

/** What a thread of this machine had. Where its settings are still its sender's, it is what a new one has, or less. */
function rightsOfPresent({ thread, end, file }: PresentThread, localization: Localization, context: SyncContext): PresentRights {
  const home = context.home.path;
  const isLeft = namesSourceFolders(end, localization);
  const last =
    end.lastSettings && isOwn(end.lastSettings, thread.threadId)
      ? localized(end.lastSettings, isLeft ? localization : UNLOCALIZED)
      : null;
  const own = last && fieldsIn(last, home) ? last : null;
  const folder = readableHere(plainPath(folderInSettings(own, thread.threadId) ?? thread.folder), home);
  const configured = context.rightsIn(folder);
  const base = last ?? end.lastContext;
  if (isLeft || mayHaveSendersRights(context.local, { threadId: thread.threadId, file })) {
    const had = narrowed(own ? rightsOfSettings(own) : NOTHING_RECORDED, configured);
    return { had, fields: fieldsOf(had, folder), base };
  }
  const before = { settings: own, context: end.lastContext };
  const had = rightsBefore(before, configured);
  return { had, fields: fieldsBefore(before, had, folder, home), base };
}

const localized = (line: Buffer, localization: Localization): Buffer => localizeLine(line, readHead(line), localization, null);

function settled(sender: SaidRights, local: Rights, added: AddedEvent, { options }: SyncContext): SettledRights {
  const sent = shown(sender.said);
  const isSaid = saysAlready(sender, added);
  if (options.keepPermissions)
    return {
      permissions: { sender: sent, local: sent, kept: true },
      added: null,
      rights: null,
      warnings: isSaid
        ? []
        : ["--keep-permissions gives it its sender's rights, whatever a new thread on this machine would have"],
    };
  return {
    permissions: { sender: sent, local: shown(local), kept: false },
    added: isSaid ? null : added,
    rights: local,
    warnings: [],
  };
}

/** `base`: settings or a context; what the user chose about the model in them holds on. */
function addedBehind(
  { transcript }: ValidSession,
  fields: RightsFields,
  base: Buffer | null,
  thread: LocalThread,
  { defaultModel }: SyncContext,
): AddedEvent {
  return {
    timestamp: transcript.lastTimestamp ?? transcript.meta.timestamp,
    ordinal: thread.historyMode === 'paginated' ? (transcript.numbering.highest ?? -1) + 1 : null,
    payload: addedPayload(fields, base, { ...thread, defaultModel }),
  };
}
