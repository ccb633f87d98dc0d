// `relocate`: a session goes to another working folder. Its settings are said once more with the other folder, behind its last line, as Codex
// itself does where a thread is resumed elsewhere; nothing that was said before changes.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { findHolders } from '../../adapters/holders/thread_holders.ts';
import { type LocalHome, readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import { localRanges } from '../../adapters/local_sessions/local_rollout.ts';
import { isPresent, type PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { isFolder } from '../../adapters/paths/entries.ts';
import { LOCAL_NAMES, localSpelling } from '../../adapters/paths/local_paths.ts';
import { type RolloutEnd, readRolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { noSuchSession, wholeIds } from '../../domain/ids/whole_ids.ts';
import type { Localization } from '../../domain/localize/localization.ts';
import { localizeLine } from '../../domain/localize/localize_line.ts';
import type { LocalPath } from '../../domain/paths/foreign_path.ts';
import { samePath } from '../../domain/paths/local_path.ts';
import { appendTo, UNLOCALIZED } from '../../domain/plan/append_rollout.ts';
import type { PlannedChange } from '../../domain/plan/plan.ts';
import { forThread, movedRow, rowChange } from '../../domain/plan/session_changes.ts';
import { pointsAsLeft } from '../../domain/plan/sidecar_changes.ts';
import { folderInSettings } from '../../domain/rights/settings_folder.ts';
import { payloadOf } from '../../domain/rights/settings_spelling.ts';
import { readHead } from '../../domain/rollout/rollout_line.ts';
import { followsSettings } from '../../domain/thread/target_codex.ts';
import { nameOf } from '../../domain/thread/thread_name.ts';
import { currentFolder } from '../../planning/context/current_folder.ts';
import { readTarget } from '../../planning/context/read_target_codex.ts';
import { requestFor } from '../../transaction/change_request.ts';
import { type Execution, type Ran, runTransaction } from '../../transaction/run_transaction.ts';

/** `id`: whole, or its beginning. `folder`: as the user said it. */
export type RelocateRequest = Execution & { id: string; folder: string; userHome: LocalPath };

/** `listed_in`: where Codex's lists by folder go on showing it. */
type RelocatedSession = { thread_id: string; title: string; from: string; to: string; listed_in: string };

type RelocationPlan = { session: RelocatedSession; changes: PlannedChange[]; warnings: string[] };
export type Relocation = Ran & RelocationPlan;

export const relocate = (home: CodexHome, request: RelocateRequest, now: Date): Relocation =>
  runTransaction(home, request, now, {
    plan: () => plan(home, request),
    request: ({ changes, session: { thread_id, title } }) =>
      requestFor(home, changes, {
        command: 'relocate',
        plan_summary: { relocated: 1 },
        threads: [{ thread_id, title, classification: 'relocated', action: 'relocate' }],
      }),
  });

function plan(home: CodexHome, request: RelocateRequest): RelocationPlan {
  const to = requireFolder(request.folder);
  const local = readLocalHome(home);
  const found = requireSession(local, request.id);
  const { threadId, file, row, name } = found;
  const end = readRolloutEnd(localRanges(local, file));
  const from = currentFolder(found, end, readTarget(local, null));
  const title = nameOf(row ?? {}, name) ?? String(row?.title ?? '');
  const session = { thread_id: threadId, title, from, to, listed_in: end.metaCwd };
  if (samePath(from, to, LOCAL_NAMES)) return { session, changes: [], warnings: home.warnings };
  requireMovable(local, found, end);
  const busy = findHolders(home).whyBusy(threadId, file);
  if (busy) throw new SyncError('session_busy', `The session cannot be moved: ${busy.reason}.`, { where: file });
  const changes = forThread(threadId, changesFor(found, { from, to, userHome: request.userHome }, end, local));
  return { session, changes, warnings: [...home.warnings, ...warningsOf(end, to)] };
}

function requireFolder(named: string): string {
  const folder = localSpelling(named);
  if (isFolder(folder)) return folder;
  throw new SyncError('usage', 'The new working folder does not exist.', {
    where: folder,
    hint: 'create the folder first: without it every command of the session fails',
  });
}

function requireSession({ sessions }: LocalHome, id: string): PresentSession {
  const [whole = id] = wholeIds([id.toLowerCase()], sessions.keys(), 'ID');
  const session = sessions.get(whole);
  if (isPresent(session)) return session;
  if (!session) throw noSuchSession([id], 'ID');
  throw new SyncError('nothing_selected', `The rollout of session ${whole} is missing.`, {
    where: 'ID',
    hint: '`sidecar-health` says what to do about it',
  });
}

function requireMovable(local: LocalHome, { threadId, file }: PresentSession, { lastSettings }: RolloutEnd): void {
  const target = readTarget(local, null);
  const refused = (message: string, hint: string) => new SyncError('not_relocatable', message, { where: file, hint });
  if (!followsSettings(target))
    throw refused(
      `Codex ${target.version} uses the folder in the first line of a session, which is never rewritten.`,
      'Codex 0.153 and later uses the settings of a session: update Codex, start it once, and run the same command again',
    );
  if (folderInSettings(lastSettings, threadId) === null)
    throw refused(
      'The session has no settings line that could be repeated with another folder.',
      `resume it there once with Codex 0.160 or later, which writes them: codex resume ${threadId} --cd FOLDER`,
    );
}

/** The time of the file stays: a session does not become the newest one by being moved. */
function changesFor(
  session: PresentSession,
  { from, to, userHome }: { from: string; to: string; userHome: LocalPath },
  end: RolloutEnd,
  local: LocalHome,
) {
  const { threadId, file, row } = session;
  const localization: Localization = { ...UNLOCALIZED, rules: { explicit: [{ from, to }], userHome } };
  const settings = end.lastSettings as Buffer;
  const payload = payloadOf(localizeLine(settings, readHead(settings), localization, null));
  return [
    appendTo(file, end, { added: { timestamp: end.lastTimestamp ?? '', ordinal: null, payload }, mtime: end.mtime }),
    ...(row ? [rowChange('state', 'threads', { id: threadId }, row, movedRow(row, to))] : []),
    ...pointsAsLeft(local.sidecar.pointsOfHead(threadId), end, file),
  ];
}

function warningsOf({ metaCwd }: RolloutEnd, to: string): string[] {
  if (samePath(metaCwd, to, LOCAL_NAMES)) return [];
  return [
    `Codex lists sessions by the folder of their first line, so lists keep showing it in ${metaCwd}: resume it by name or id, or with \`codex resume --all\``,
  ];
}
