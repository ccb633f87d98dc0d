// Sessions that arrived before this tool saw to rights, or that codex-session-transfer installed: they can still have their sender's.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { ConfigurationFiles } from '../../adapters/codex_home/configuration.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localRanges } from '../../adapters/local_sessions/local_rollout.ts';
import type { PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { unlessDamaged } from '../../adapters/rollout/opening_line.ts';
import { findRightsLines } from '../../adapters/rollout/rights_lines.ts';
import { readRolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { type Finding, finding } from '../../domain/codes/finding.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import { plainPath } from '../../domain/localize/localization.ts';
import { appendTo, UNLOCALIZED } from '../../domain/plan/append_rollout.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { configuredRights } from '../../domain/rights/configured_rights.ts';
import { narrowed, type Rights, type ShownRights, shown } from '../../domain/rights/rights.ts';
import { addedPayload, fieldsOf } from '../../domain/rights/settings_line.ts';
import type { SessionMeta } from '../../domain/rollout/session_meta.ts';
import type { Sidecar } from '../../domain/sidecar/sidecar_store.ts';
import { isNarrow, rightsIn, type SenderRights } from './sender_rights.ts';

/** A version of this tool that sees to rights notes where a transcript says them. What the user made here is the user's own. */
export function isFromEarlierVersion(sidecar: Sidecar, threadId: string): boolean {
  const points = sidecar.pointsOfHead(threadId);
  const isOurs = sidecar.originOf(threadId) !== 'found' && points.length > 0;
  return isOurs && points.every(({ incoming_transcript }) => !incoming_transcript.includes('"rightsAt"'));
}

type Wider = { sender: SenderRights; local: Rights; folder: string };

/** What the rollout gives more than a new thread in its folder gets; null where it gives no more. */
function findWider(home: CodexHome, local: LocalHome, { file, threadId }: PresentSession, meta: SessionMeta): Wider | null {
  const sender = rightsIn(findRightsLines(localRanges(local, file), threadId), UNLOCALIZED);
  const folder = sender.folder ?? plainPath(meta.cwd);
  const allowed = configuredRights(new ConfigurationFiles(home.path).for(folder));
  return isNarrow(sender, allowed, folder) ? null : { sender, local: narrowed(sender.all, allowed), folder };
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
  const wider = unlessDamaged(() => findWider(home, local, session, meta));
  return wider ? [findingOf(session, wider)] : [];
}

function findingOf({ threadId, file }: PresentSession, { sender, local }: Wider): Finding {
  const words = ({ approval, sandbox }: ShownRights): string =>
    `${approval ?? 'no'} approvals, ${sandbox ?? 'configured'} sandbox`;
  const message = `it keeps its sender's rights (${words(shown(sender.all))}); a new session would have ${words(shown(local))}`;
  return finding('wider_rights', file, message, { thread_id: threadId });
}

/** The settings line that a sync adds today. */
export function rightsRepair(
  home: CodexHome,
  local: LocalHome,
  session: PresentSession,
  meta: SessionMeta,
): { findings: Finding[]; changes: Change[] } {
  const wider = findWider(home, local, session, meta);
  if (!wider) return { findings: [], changes: [] };
  return { findings: [findingOf(session, wider)], changes: [settingsChange(home, local, session, meta, wider)] };
}

function settingsChange(home: CodexHome, local: LocalHome, session: PresentSession, meta: SessionMeta, wider: Wider): Change {
  const { file } = session;
  const end = readRolloutEnd(localRanges(local, file));
  const defaultModel = new ConfigurationFiles(home.path).defaultModel ?? 'unknown';
  const place = {
    threadId: session.threadId as ThreadId,
    folder: wider.folder,
    modelProvider: meta.modelProvider || home.defaultProvider,
    defaultModel,
  };
  const base = wider.sender.lines.settings ?? wider.sender.lines.context;
  const payload = addedPayload(fieldsOf(wider.local, wider.folder), base, place);
  return appendTo(file, end, {
    nextOrdinal: meta.historyMode === 'paginated' ? (end.lastOrdinal ?? -1) + 1 : null,
    added: { timestamp: end.lastTimestamp ?? meta.timestamp, ordinal: null, payload },
  });
}
