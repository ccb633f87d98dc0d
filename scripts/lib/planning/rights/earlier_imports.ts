// Sessions that arrived before this tool saw to rights, that codex-session-transfer installed, or whose end is gone: they can still have their sender's.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { ConfigurationFiles } from '../../adapters/codex_home/configuration.ts';
import { statFile } from '../../adapters/disk/file_reading.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localRanges } from '../../adapters/local_sessions/local_rollout.ts';
import type { PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { findRightsPlaces } from '../../adapters/rollout/rights_lines.ts';
import { readRolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { unlessDamaged } from '../../domain/codes/errors.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { isCompressed } from '../../domain/ids/rollout_name.ts';
import { plainPath } from '../../domain/localize/localization.ts';
import { readableHere } from '../../domain/paths/foreign_path.ts';
import { appendTo, UNLOCALIZED } from '../../domain/plan/append_rollout.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { pointsAsLeft } from '../../domain/plan/sidecar_changes.ts';
import { configuredRights } from '../../domain/rights/configured_rights.ts';
import { narrowed, type RecordedRights, type Rights, type ShownRights, shown } from '../../domain/rights/rights.ts';
import { folderInSettings } from '../../domain/rights/settings_folder.ts';
import { type AddedEvent, addedPayload, fieldsOf } from '../../domain/rights/settings_line.ts';
import { type ByteRange, rangesUpTo } from '../../domain/rollout/byte_range.ts';
import { NO_RIGHTS } from '../../domain/rollout/rights_places.ts';
import type { SessionMeta } from '../../domain/rollout/session_meta.ts';
import type { Sidecar } from '../../domain/sidecar/sidecar_store.ts';
import { readSaidRights, saysAlready } from './sender_rights.ts';

/** A version of this tool that ends what it writes with settings notes where a transcript has its own. What the user made on this machine is the user's. */
function isFromEarlierVersion(sidecar: Sidecar, threadId: string): boolean {
  const points = sidecar.pointsOfHead(threadId);
  const isOurs = sidecar.originOf(threadId) !== 'found' && points.length > 0;
  return isOurs && points.every(({ incoming_transcript }) => !incoming_transcript.includes('"rightsPlaces"'));
}

/** Its settings may be its sender's: a sync did not see to them, or what it wrote is gone. */
export const mayHaveSendersRights = (local: LocalHome, session: Pick<PresentSession, 'threadId' | 'file'>): boolean =>
  isFromEarlierVersion(local.sidecar, session.threadId) || hasLostItsEnd(local, session);

/** Somebody cut it off, or another tool put it there anew; or Codex took turns back, up to 0.153 without saying the rights again. */
function hasLostItsEnd(local: LocalHome, { threadId, file }: Pick<PresentSession, 'threadId' | 'file'>): boolean {
  const points = local.sidecar.pointsOfHead(threadId);
  if (local.sidecar.originOf(threadId) === 'found' || points.length === 0 || isCompressed(file)) return false;
  const size = statFile(file)?.size ?? 0;
  return (
    points.every(({ local_size }) => size < local_size) && (unlessDamaged(() => isSilent(localRanges(local, file), file)) ?? true)
  );
}

/** True of a whole file, and of one behind another that says nothing of rights itself. */
function isSilent(ranges: readonly ByteRange[], itself: string): boolean {
  const own = ranges.filter(({ file }) => file === itself);
  const { settings, context } = ranges.length === 1 ? NO_RIGHTS : findRightsPlaces(own);
  return settings === null && context === null;
}

/** `added`: the settings that a sync would write today. */
type Unsettled = { sender: RecordedRights; local: Rights; added: AddedEvent };

/** Null where the rollout ends with such settings, or did when it was last synced: what was said since was said on this machine. */
function findUnsettled(home: CodexHome, local: LocalHome, session: PresentSession, meta: SessionMeta): Unsettled | null {
  const ranges = localRanges(local, session.file);
  const configuration = new ConfigurationFiles(home.path);
  const judged = judge(ranges, home, configuration, session, meta);
  if (judged.isSettled) return null;
  const synced = Math.max(0, ...local.sidecar.pointsOfHead(session.threadId).map(({ local_size }) => local_size));
  const isOneFile = ranges.length === 1 && !isCompressed(session.file);
  const wasSettled = isOneFile && synced > 0 && judge(rangesUpTo(ranges, synced), home, configuration, session, meta).isSettled;
  return wasSettled ? null : judged;
}

/** What the thread would get on this machine, and whether these lines give it no more. */
function judge(
  ranges: readonly ByteRange[],
  home: CodexHome,
  configuration: ConfigurationFiles,
  { threadId }: PresentSession,
  meta: SessionMeta,
): Unsettled & { isSettled: boolean } {
  const lines = readSaidRights(ranges, findRightsPlaces(ranges), 0, UNLOCALIZED);
  const folder = readableHere(plainPath(folderInSettings(lines.settings, threadId) ?? meta.cwd), home.path);
  const local = narrowed(lines.said, configuredRights(configuration.for(folder)));
  const payload = addedPayload(fieldsOf(local, folder), lines.settings ?? lines.context, {
    threadId,
    modelProvider: meta.modelProvider || home.defaultProvider,
    defaultModel: configuration.defaultModel ?? 'unknown',
  });
  const added = { timestamp: meta.timestamp, ordinal: meta.historyMode === 'paginated' ? 0 : null, payload };
  return { sender: lines.said, local, added, isSettled: saysAlready(lines, added) };
}

export const pluginFindings = ({ threadId, file }: PresentSession, { pluginFolders }: SessionMeta): Finding[] =>
  pluginFolders === 0
    ? []
    : [
        finding('plugin_folders', file, `it names ${pluginFolders} plugin folder(s) whose programs Codex would start`, {
          thread_id: threadId,
        }),
      ];

export function checkRights(home: CodexHome, local: LocalHome, session: PresentSession, meta: SessionMeta): Finding[] {
  const unsettled = unlessDamaged(() => findUnsettled(home, local, session, meta));
  return unsettled ? [findingOf(session, unsettled)] : [];
}

function findingOf({ threadId, file }: PresentSession, { sender, local }: Unsettled): Finding {
  const words = ({ approval, sandbox }: ShownRights): string =>
    `${approval ?? 'no'} approvals, ${sandbox ?? 'configured'} sandbox`;
  const message = `it keeps its sender's rights (${words(shown(sender))}); a new session would have ${words(shown(local))}`;
  return finding('wider_rights', file, message, { thread_id: threadId });
}

/** The settings line that a sync adds today. */
export function rightsRepair(
  home: CodexHome,
  local: LocalHome,
  session: PresentSession,
  meta: SessionMeta,
): { findings: Finding[]; changes: Change[] } {
  const unsettled = findUnsettled(home, local, session, meta);
  if (!unsettled) return { findings: [], changes: [] };
  return { findings: [findingOf(session, unsettled)], changes: settingsChanges(local, session, meta, unsettled) };
}

function settingsChanges(
  local: LocalHome,
  { file, threadId }: PresentSession,
  { historyMode }: SessionMeta,
  { added }: Unsettled,
): Change[] {
  const end = readRolloutEnd(localRanges(local, file));
  const change = appendTo(file, end, {
    nextOrdinal: historyMode === 'paginated' ? (end.lastOrdinal ?? -1) + 1 : null,
    added: { ...added, timestamp: end.lastTimestamp ?? added.timestamp, ordinal: null },
  });
  return [change, ...pointsAsLeft(local.sidecar.pointsOfHead(threadId), end, file)];
}
