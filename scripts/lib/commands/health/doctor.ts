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
import type { DoctorCode } from '../../domain/findings/doctor_code.ts';
import { type Finding, findingAt } from '../../domain/findings/finding.ts';
import { type ScannedJournal, scanJournals } from '../transactions/journal_scan.ts';
import { examineStateDatabase, type StateFacts } from './doctor_database.ts';

type DoctorFinding = Finding<DoctorCode>;
const found = (where: string) => findingAt<DoctorCode>(where);

/** Sizes in bytes. `home` is null where there is none to look at. */
export type Examination = {
  tool: string;
  node: { version: string; oldest: string; executable: string };
  modules: NativeModule[];
  home: HomeFacts | null;
  findings: DoctorFinding[];
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

const findingsOfNode = ({ version, oldest, executable }: Examination['node']): DoctorFinding[] =>
  isNodeNewEnough(version, oldest)
    ? []
    : [found(executable)('node_too_old', 'error', `Node ${version} is older than ${oldest}.`, 'install a newer Node')];

const findingOfLeft = (folder: string): DoctorFinding =>
  found(folder)('unpacked_left', 'note', 'What an interrupted run had unpacked is still there.', 'remove the folder');

function findingOfModule({ name, why_not }: NativeModule): DoctorFinding[] {
  if (why_not === null) return [];
  return name === 'better-sqlite3'
    ? [
        found(name)(
          'native_module_missing',
          'error',
          `The module that reads databases does not load: ${why_not}.`,
          'npm ci --omit=dev (in the skill folder)',
        ),
      ]
    : [
        found(name)(
          'locks_unavailable',
          'warning',
          `Codex's locks cannot be held here: ${why_not}.`,
          'close Codex before a sync, or install the optional module koffi',
        ),
      ];
}

function examineHome(
  homePath: string,
  environment: NodeJS.ProcessEnv,
  how: { mayBeNew?: boolean },
): { home: HomeFacts | null; findings: DoctorFinding[] } {
  let home: CodexHome;
  try {
    home = openCodexHome(homePath, environment, how);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return {
      home: null,
      findings: [
        found(homePath)(
          error.code === 'not_a_codex_home' ? 'home_unrecognised' : 'home_missing',
          'error',
          error.message,
          error.hint ?? null,
        ),
      ],
    };
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
      ...home.warnings.map((warning) =>
        found(home.path)('config_unreadable', 'warning', `${warning}.`, 'mend config.toml; Codex itself needs it as well'),
      ),
      ...findingsOfAccess(home),
      ...state.findings,
      ...findingsOfSidecar(home),
      ...scanJournals(home).flatMap(findingsOfJournal),
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

function findingsOfJournal({ folder, state }: ScannedJournal): DoctorFinding[] {
  const at = found(folder.path);
  if (state === 'unreadable') return [at('journal_unreadable', 'error', 'A journal cannot be read.', 'sidecar-health')];
  return state === 'interrupted' || state === 'abandoned'
    ? [at('interrupted_transaction', 'error', 'A transaction was interrupted.', 'recover --execute')]
    : [];
}

const findingOfOpenFolder = (folder: string): DoctorFinding =>
  found(folder)('open_to_others', 'warning', 'Other users of this machine can look into it.', 'recover --execute');

const findingsOfOpen = (open: HomeFacts['open_sessions']): DoctorFinding[] =>
  open.map(({ thread_id, held_by }) => ({
    ...found('thread-writer-locks')(
      'codex_is_open',
      'note',
      `The session is open: ${held_by}.`,
      'close it in Codex before a sync',
    ),
    thread_id,
  }));

function findingsOfAccess(home: CodexHome): DoctorFinding[] {
  const closed = [...new Set([home.path, home.databases])].filter((folder) => !isWritable(folder));
  return closed.map((folder) =>
    found(folder)(
      'home_not_writable',
      'error',
      'This user may not write here.',
      'give this user the right to write to the folder',
    ),
  );
}

function findingsOfSidecar(home: CodexHome): DoctorFinding[] {
  try {
    readSidecar(databaseFile(home, 'sidecar'));
    return [];
  } catch (error) {
    const { message } = error as Error;
    return [found(databaseFile(home, 'sidecar'))('sidecar_unusable', 'error', message, 'sidecar-health')];
  }
}

const findingsOfSpace = (home: CodexHome, free: number | null): DoctorFinding[] =>
  free !== null && free < LITTLE_SPACE
    ? [found(home.path)('little_space', 'warning', `Only ${Math.trunc(free / 1e6)} MB are free.`, 'make room on that disk')]
    : [];
