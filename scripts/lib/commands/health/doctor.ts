// Looks at what a sync would stand on: Node, native modules, home, databases, running Codex, room on the disk, leftovers.
// Reads only, and goes on where a part cannot be read.

import { type CodexHome, databaseFile, openCodexHome } from '../../adapters/codex_home/codex_home.ts';
import { freeBytes, isWritable } from '../../adapters/disk/disk.ts';
import { openFolders } from '../../adapters/disk/private_folders.ts';
import { leftUnpackFolders } from '../../adapters/disk/private_temporary_folder.ts';
import { findHolders } from '../../adapters/locks/thread_holders.ts';
import { isNodeNewEnough, type NativeModule, nativeModules } from '../../adapters/process/runtime_environment.ts';
import { oldestNode, toolVersion } from '../../adapters/process/tool_version.ts';
import { findRollouts, type RolloutFile } from '../../adapters/rollout/rollout_files.ts';
import { readSidecar } from '../../adapters/sqlite/sidecar_database.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { type Finding, finding } from '../../domain/codes/finding.ts';
import { type JournalContents, readJournals } from '../transactions/journal_contents.ts';
import { examineStateDatabase, type StateFacts } from './doctor_database.ts';

/** Sizes in bytes. `home` is null where there is none to look at. */
export type Examination = {
  tool: string;
  node: { version: string; oldest: string; executable: string };
  modules: NativeModule[];
  home: HomeFacts | null;
  findings: Finding[];
};

export type HomeFacts = {
  path: string;
  databases: { folder: string; chosen_by: string; state: StateFacts };
  rollouts: number;
  free: number | null;
  open_sessions: { thread_id: string; held_by: string }[];
};

/** Less than this is little: one long conversation with its pictures takes it. */
const LITTLE_SPACE = 500e6;

export function examine(homePath: string, environment: NodeJS.ProcessEnv, how: { mayBeNew?: boolean } = {}): Examination {
  const modules = nativeModules();
  const facts = {
    tool: toolVersion(),
    node: { version: process.version, oldest: oldestNode(), executable: process.execPath },
    modules,
  };
  const own = [...findingsOfNode(facts.node), ...modules.flatMap(findingOfModule), ...leftUnpackFolders().map(findingOfLeft)];
  const isUsable = modules.every(({ name, why_not }) => name !== 'better-sqlite3' || why_not === null);
  const { home, findings } = isUsable ? examineHome(homePath, environment, how) : { home: null, findings: [] };
  return { ...facts, home, findings: [...own, ...findings] };
}

const findingsOfNode = ({ version, oldest, executable }: Examination['node']): Finding[] =>
  isNodeNewEnough(version, oldest) ? [] : [finding('node_too_old', executable, `Node ${version} is older than ${oldest}.`)];

const findingOfLeft = (folder: string): Finding =>
  finding('unpacked_left', folder, 'What an interrupted run had unpacked is still there.');

function findingOfModule({ name, why_not }: NativeModule): Finding[] {
  if (why_not === null) return [];
  return name === 'better-sqlite3'
    ? [finding('native_module_missing', name, `The module that reads databases does not load: ${why_not}.`)]
    : [finding('locks_unavailable', name, `Codex's locks cannot be held here: ${why_not}.`)];
}

function examineHome(
  homePath: string,
  environment: NodeJS.ProcessEnv,
  how: { mayBeNew?: boolean },
): { home: HomeFacts | null; findings: Finding[] } {
  let home: CodexHome;
  try {
    home = openCodexHome(homePath, environment, how);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    const code = error.code === 'not_a_codex_home' ? 'home_unrecognised' : 'home_missing';
    return { home: null, findings: [finding(code, homePath, error.message)] };
  }
  const state = examineStateDatabase(home);
  const rollouts = findRollouts(home.path);
  const open = openSessions(home, rollouts);
  const free = freeBytes(home.path);
  const facts: HomeFacts = {
    path: home.path,
    databases: { folder: home.databases, chosen_by: home.databasesChosenBy, state: state.facts },
    rollouts: rollouts.length,
    free,
    open_sessions: open,
  };
  return {
    home: facts,
    findings: [
      ...home.warnings.map((warning) => finding('config_unreadable', home.path, warning)),
      ...findingsOfAccess(home),
      ...state.findings,
      ...findingsOfSidecar(home),
      ...readJournals(home).flatMap(findingsOfJournal),
      ...openFolders(home.path).map(findingOfOpenFolder),
      ...findingsOfOpen(open),
      ...findingsOfSpace(home, free),
    ],
  };
}

function openSessions(home: CodexHome, rollouts: RolloutFile[]): HomeFacts['open_sessions'] {
  const holders = findHolders(home);
  return rollouts.flatMap(({ threadId, file }) => {
    const held_by = holders.isHeld(threadId, file)?.reason;
    return held_by ? [{ thread_id: threadId, held_by }] : [];
  });
}

function findingsOfJournal({ folder, state }: JournalContents): Finding[] {
  if (state === 'unreadable') return [finding('journal_unreadable', folder.path, 'A journal cannot be read.')];
  return state === 'interrupted' || state === 'abandoned'
    ? [finding('interrupted_transaction', folder.path, 'A transaction was interrupted.')]
    : [];
}

const findingOfOpenFolder = (folder: string): Finding =>
  finding('open_to_others', folder, 'Other users of this machine can look into it.');

const findingsOfOpen = (open: HomeFacts['open_sessions']): Finding[] =>
  open.map(({ thread_id, held_by }) =>
    finding('codex_is_open', 'thread-writer-locks', `The session is open: ${held_by}.`, { thread_id }),
  );

function findingsOfAccess(home: CodexHome): Finding[] {
  const closed = [...new Set([home.path, home.databases])].filter((folder) => !isWritable(folder));
  return closed.map((folder) => finding('home_not_writable', folder, 'This user may not write here.'));
}

function findingsOfSidecar(home: CodexHome): Finding[] {
  try {
    readSidecar(databaseFile(home, 'sidecar'));
    return [];
  } catch (error) {
    const { message } = error as Error;
    return [finding('sidecar_unusable', databaseFile(home, 'sidecar'), message)];
  }
}

const findingsOfSpace = (home: CodexHome, free: number | null): Finding[] =>
  free !== null && free < LITTLE_SPACE ? [finding('little_space', home.path, `Only ${Math.trunc(free / 1e6)} MB are free.`)] : [];
