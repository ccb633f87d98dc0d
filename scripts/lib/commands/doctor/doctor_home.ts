// The Codex home as `doctor` sees it.

import { type CodexHome, databaseFile, openCodexHome } from '../../adapters/codex_home/codex_home.ts';
import { type Obstacle, obstaclesAmongDays, obstaclesIn } from '../../adapters/codex_home/obstacles.ts';
import { warnOfBorder } from '../../adapters/codex_home/wsl_border.ts';
import { openFolders } from '../../adapters/disk/file_modes.ts';
import { freeBytes } from '../../adapters/disk/volume.ts';
import { isWritable } from '../../adapters/disk/write_access.ts';
import { findHolders, type Holders } from '../../adapters/holders/thread_holders.ts';
import { findRollouts, type RolloutFile } from '../../adapters/rollout/rollout_files.ts';
import { readSidecar } from '../../adapters/sqlite/sidecar_database.ts';
import { hasErrorCode, SyncError } from '../../domain/codes/errors.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { type JournalContents, readJournals } from '../transactions/journal_contents.ts';
import { examineOtherDatabases, examineStateDatabase, type StateFacts } from './doctor_database.ts';

/** Sizes in bytes. */
export type ExaminedHome = {
  path: string;
  databases: { folder: string; chosen_by: string; state: StateFacts };
  rollouts: number;
  free: number | null;
  open_sessions: { thread_id: string; held_by: string }[];
};

/** Less than this is little: one long conversation with its pictures takes it. */
const LITTLE_SPACE = 500e6;

export function examineHome(
  homePath: string,
  environment: NodeJS.ProcessEnv,
  how: { mayBeNew?: boolean },
): { home: ExaminedHome | null; findings: Finding[] } {
  const opened = openOrSayWhyNot(homePath, environment, how);
  return Array.isArray(opened) ? { home: null, findings: opened } : examineOpened(opened);
}

function openOrSayWhyNot(homePath: string, environment: NodeJS.ProcessEnv, how: { mayBeNew?: boolean }): CodexHome | Finding[] {
  try {
    return openCodexHome(homePath, environment, how);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    if (error.code === 'home_obstructed') return obstaclesIn(homePath).map(findingOfObstacle);
    return [finding(error.code === 'not_a_codex_home' ? 'home_unrecognised' : 'home_missing', homePath, error.message)];
  }
}

function examineOpened(home: CodexHome): { home: ExaminedHome; findings: Finding[] } {
  const state = examineStateDatabase(home);
  const rollouts = findRollouts(home.path);
  const holders = findHolders(home);
  const open = openSessions(holders, rollouts);
  const free = freeBytes(home.path);
  const facts: ExaminedHome = {
    path: home.path,
    databases: { folder: home.databases, chosen_by: home.databasesChosenBy, state: state.facts },
    rollouts: rollouts.length,
    free,
    open_sessions: open,
  };
  return {
    home: facts,
    findings: [
      ...findingsOfWarnings(home),
      ...findingsOfAccess(home),
      ...obstaclesAmongDays(home.path).map(findingOfObstacle),
      ...state.findings,
      ...examineOtherDatabases(home),
      ...findingsOfSidecar(home),
      ...readJournals(home).flatMap(findingsOfJournal),
      ...openFolders(home.path).map(findingOfOpenFolder),
      ...findingsOfOpen(open),
      ...findingsOfUnseen(home, holders),
      ...findingsOfSpace(home, free),
    ],
  };
}

function findingsOfWarnings({ path, warnings }: CodexHome): Finding[] {
  const border = new Set(warnOfBorder(path));
  return warnings.map((said) => finding(border.has(said) ? 'home_across_border' : 'config_unreadable', path, said));
}

function openSessions(holders: Holders, rollouts: RolloutFile[]): ExaminedHome['open_sessions'] {
  return rollouts.flatMap(({ threadId, file }) => {
    const held_by = holders.whyBusy(threadId, file)?.reason;
    return held_by ? [{ thread_id: threadId, held_by }] : [];
  });
}

function findingsOfJournal({ folder, state }: JournalContents): Finding[] {
  const closed = folder.whyClosed();
  if (closed) return [finding('journal_closed', folder.path, closed.message)];
  if (state === 'unreadable') return [finding('journal_unreadable', folder.path, 'A journal cannot be read.')];
  return state === 'interrupted' || state === 'abandoned'
    ? [finding('interrupted_transaction', folder.path, 'A transaction was interrupted.')]
    : [];
}

const findingOfObstacle = ({ place, message }: Obstacle): Finding => finding('home_obstructed', place, message);

const findingOfOpenFolder = (folder: string): Finding =>
  finding('open_to_others', folder, 'Other users of this machine can read it.');

const findingsOfOpen = (open: ExaminedHome['open_sessions']): Finding[] =>
  open.map(({ thread_id, held_by }) =>
    finding('codex_is_open', 'thread-writer-locks', `The session is open: ${held_by}.`, { thread_id }),
  );

const findingsOfUnseen = ({ path }: CodexHome, { note }: Holders): Finding[] =>
  note === null ? [] : [finding('open_sessions_unseen', path, `${note[0]?.toUpperCase()}${note.slice(1)}.`)];

function findingsOfAccess(home: CodexHome): Finding[] {
  const closed = [...new Set([home.path, home.databases])].filter((folder) => !isWritable(folder));
  return closed.map((folder) => finding('home_not_writable', folder, 'This user may not write to it.'));
}

function findingsOfSidecar(home: CodexHome): Finding[] {
  try {
    readSidecar(databaseFile(home, 'sidecar'));
    return [];
  } catch (error) {
    const { message } = error as Error;
    if (hasErrorCode(error, 'not_permitted')) return [finding(error.code, databaseFile(home, 'sidecar'), message)];
    return [finding('sidecar_unusable', databaseFile(home, 'sidecar'), message)];
  }
}

const findingsOfSpace = (home: CodexHome, free: number | null): Finding[] =>
  free !== null && free < LITTLE_SPACE ? [finding('little_space', home.path, `Only ${Math.trunc(free / 1e6)} MB are free.`)] : [];
