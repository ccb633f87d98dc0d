// `relocate`: a session goes to another working folder. Its settings are said once more with the other folder, behind its last line, as Codex
// itself does where a thread is resumed elsewhere; nothing that was said before changes.

import fs from 'node:fs';
import path from 'node:path';
import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { type LocalHome, type LocalSession, localRanges, readLocalHome } from '../../adapters/codex_home/local_home.ts';
import { warnOfInterrupted } from '../../adapters/journal/interrupted_transactions.ts';
import { findHolders } from '../../adapters/locks/thread_holders.ts';
import { type RolloutEnd, readRolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Transcript } from '../../domain/compare/transcript.ts';
import { type LocalPath, withoutVerbatimPrefix } from '../../domain/ids/foreign_path.ts';
import { uncompressed } from '../../domain/ids/rollout_name.ts';
import { noSuchSession, wholeIds } from '../../domain/ids/whole_ids.ts';
import type { Localization } from '../../domain/localize/localization.ts';
import { digestPlan, type PlannedChange } from '../../domain/plan/plan.ts';
import { forThread, movedRow, rowChange } from '../../domain/plan/session_changes.ts';
import { folderInSettings } from '../../domain/rights/settings_folder.ts';
import { isAsLeft } from '../../domain/sidecar/sidecar.ts';
import { followsSettings } from '../../domain/thread/target_codex.ts';
import { nameOf } from '../../domain/thread/thread_row.ts';
import { folderHere } from '../../planning/context/current_folder.ts';
import { readTarget } from '../../planning/context/target_home.ts';
import { asOneWriter } from '../../transaction/one_writer.ts';
import { spaceForPlan } from '../../transaction/space_needed.ts';
import { stageAll } from '../../transaction/stage.ts';
import { requireFree } from '../../transaction/thread_locks.ts';
import { transact } from '../../transaction/transact.ts';

/** `id`: whole, or its beginning. `folder`: as the user said it. */
export type RelocateRequest = { id: string; folder: string; userHome: LocalPath; execute: boolean; waitSeconds?: number };

/** `listed_in`: where Codex's lists by folder go on showing it. */
export type Relocation = {
  mode: 'dry-run' | 'executed';
  session: { thread_id: string; title: string; from: string; to: string; listed_in: string };
  transactionId: string | null;
  warnings: string[];
};

type RelocationPlan = Relocation & { changes: PlannedChange[] };

export function relocate(home: CodexHome, request: RelocateRequest, now: Date): Relocation {
  if (!request.execute) {
    const planned = plan(home, request);
    return { ...planned, warnings: [...warnOfInterrupted(home.path), ...planned.warnings] };
  }
  return asOneWriter({ home, waitSeconds: request.waitSeconds }, (before) => {
    const planned = plan(home, request);
    const result = planned.changes.length === 0 ? planned : carryOut(home, planned, now);
    return { ...result, mode: 'executed', warnings: [...new Set([...before, ...result.warnings])] };
  });
}

function plan(home: CodexHome, request: RelocateRequest): RelocationPlan {
  const to = requireFolder(request.folder);
  const local = readLocalHome(home);
  const session = requireSession(local, request.id);
  const { threadId, file, row, name } = session;
  const end = readRolloutEnd(localRanges(local, file));
  const from = folderHere(session, end, readTarget(local, null));
  const described = { thread_id: threadId, title: nameOf(row ?? {}, name) ?? String(row?.title ?? ''), from, to };
  const planned = { mode: 'dry-run' as const, session: { ...described, listed_in: end.metaCwd }, transactionId: null };
  if (from === to) return { ...planned, warnings: home.warnings, changes: [] };
  requireMovable(local, session, end);
  const held = findHolders(home).isHeld(threadId, file);
  if (held) throw new SyncError('session_busy', `The session cannot be moved: ${held.reason}.`, { where: file });
  const changes = forThread(threadId, changesFor(session, { from, to, userHome: request.userHome }, end, local));
  return { ...planned, warnings: [...home.warnings, ...warningsOf(end, to)], changes };
}

function requireFolder(named: string): string {
  const folder = path.resolve(named);
  if (fs.statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return folder;
  throw new SyncError('usage', 'There is no folder where the session is to go.', {
    where: folder,
    hint: 'make the folder first: in one that does not exist every command of the session fails',
  });
}

type Present = LocalSession & { file: string };

function requireSession({ sessions }: LocalHome, id: string): Present {
  const [whole = id] = wholeIds([id.toLowerCase()], sessions.keys(), 'ID');
  const session = sessions.get(whole);
  if (session?.file) return { ...session, file: session.file };
  if (!session) throw noSuchSession([id], 'ID');
  throw new SyncError('nothing_selected', `The rollout of session ${whole} is gone.`, {
    where: 'ID',
    hint: '`sidecar-health` says what can be done about it',
  });
}

function requireMovable(local: LocalHome, { threadId, file }: Present, { lastSettings }: RolloutEnd): void {
  const target = readTarget(local, null);
  const refused = (message: string, hint: string) => new SyncError('not_relocatable', message, { where: file, hint });
  if (!followsSettings(target))
    throw refused(
      `Codex ${target.version} goes by the folder in the first line of a session, and that is never rewritten.`,
      'Codex 0.153 and later goes by the settings of a session: update Codex, start it once, and run the same command again',
    );
  if (folderInSettings(lastSettings, threadId) === null)
    throw refused(
      'The session has no settings of its own that could be said again with another folder.',
      `resume it there once with Codex 0.160 or later, which writes them: codex resume ${threadId} --cd FOLDER`,
    );
}

/** The time of the file stays: a session does not become the newest one by being moved. */
function changesFor(
  session: Present,
  { from, to, userHome }: { from: string; to: string; userHome: LocalPath },
  end: RolloutEnd,
  local: LocalHome,
) {
  const { threadId, file, row } = session;
  const localization: Localization = {
    rules: { explicit: [{ from, to }], userHome },
    ids: new Map(),
    windowId: null,
  };
  const points = (local.sidecar.pointsOfHead.get(threadId) ?? []).filter((point) => isAsLeft(end, point));
  return [
    {
      kind: 'append_rollout' as const,
      path: file,
      source: { ranges: [], digest: '' },
      localization,
      from: 0,
      at: { size: end.size, mtime: end.mtime },
      localDigest: end.digest,
      form: 'as_it_is' as const,
      nextOrdinal: end.lastOrdinal === null ? null : end.lastOrdinal + 1,
      mendsTornLine: !end.endsWithNewline,
      mend: String(end.lastSettings),
      added: null,
      mtime: end.mtime,
    },
    ...(row ? [rowChange('state', 'threads', { id: threadId }, row, movedRow(row, to))] : []),
    // The file is still as both sides left it.
    ...points.map((point) => {
      const { incoming_transcript, local_size: _size, local_mtime: _mtime, ...kept } = point;
      const transcript = JSON.parse(incoming_transcript) as Transcript;
      return { kind: 'sync_point' as const, path: uncompressed(file), before: point, point: kept, transcript };
    }),
  ];
}

function warningsOf({ metaCwd }: RolloutEnd, to: string): string[] {
  if (withoutVerbatimPrefix(metaCwd) === to) return [];
  return [
    `Codex's lists by folder go by the first line of a session, so they go on showing it in ${metaCwd}: resume it by its name or id, or with \`codex resume --all\``,
  ];
}

function carryOut(home: CodexHome, planned: RelocationPlan, now: Date): Relocation {
  const { changes, session, warnings: known } = planned;
  const { thread_id, title } = session;
  const { transactionId, warnings } = transact({
    home: home.path,
    now,
    findDatabase: (name) => databaseFile(home, name),
    spaceNeeded: spaceForPlan(home, changes),
    manifest: {
      command: 'relocate',
      plan_digest: digestPlan({ changes }, ''),
      plan_summary: { relocated: 1 },
      package: null,
      rolls_back: null,
      threads: [{ thread_id, title, classification: 'relocated', action: 'relocate' }],
    },
    stage: (journal) => stageAll(changes, journal),
    beforeFirstChange: (operations, ours) => requireFree(home, operations, ours),
  });
  return { ...planned, transactionId, warnings: [...known, ...warnings] };
}
