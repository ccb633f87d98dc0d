// Where this machine's Codex keeps what: the home, its databases, its configuration.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { asObject, type JsonObject } from '../../domain/json/json_value.ts';
import type { DatabaseName } from '../../domain/operation/operation.ts';
import { firstLineOf } from '../disk/system_errors.ts';
import { isFolder } from '../paths/entries.ts';
import { forgetFolders, localSpelling } from '../paths/local_paths.ts';
import { trace } from '../run/trace.ts';
import { readToml } from './configuration.ts';
import { obstaclesIn } from './obstacles.ts';
import { warnOfBorder } from './wsl_border.ts';

export type CodexHome = {
  path: string;
  /** Folder of the `*.sqlite` files: `sqlite_home` of the configuration, else `CODEX_SQLITE_HOME`, else the home (0.111 to 0.169). */
  databases: string;
  databasesChosenBy: 'home' | 'config sqlite_home' | 'CODEX_SQLITE_HOME';
  /** Model providers that a resumed thread may name. Null: the configuration could not be read. */
  providers: Set<string> | null;
  defaultProvider: string;
  /** The thread that runs this command, where a Codex runs it. */
  runningThread: string | null;
  warnings: string[];
};

/** Providers that Codex brings along (0.117 to 0.169). */
const BUILT_IN_PROVIDERS = ['openai', 'ollama', 'lmstudio', 'ollama-chat', 'amazon-bedrock'];

/** `mayBeNew`: a folder that no Codex has used yet is meant. */
export function openCodexHome(named: string, environment: NodeJS.ProcessEnv, { mayBeNew = false } = {}): CodexHome {
  forgetFolders();
  const home = localSpelling(named);
  if (!isFolder(home)) {
    throw new SyncError('codex_home_missing', 'There is no Codex home at this path.', {
      where: home,
    });
  }
  if (!mayBeNew) requireCodexHome(home);
  requireNoObstacle(home);
  const warnings: string[] = [];
  const config = readConfig(path.join(home, 'config.toml'), warnings);
  const [databases, databasesChosenBy] = chooseDatabases(home, config, environment);
  trace('home', () => `${home}, databases in ${databases} (chosen by ${databasesChosenBy})`);
  return {
    path: home,
    databases,
    databasesChosenBy,
    providers: config === null ? null : new Set([...BUILT_IN_PROVIDERS, ...Object.keys(asObject(config.model_providers))]),
    defaultProvider: typeof config?.model_provider === 'string' ? config.model_provider : 'openai',
    // An empty variable is none.
    runningThread: environment.CODEX_THREAD_ID || null,
    warnings: [...warnings, ...warnOfBorder(home)],
  };
}

/**
 * What a Codex (0.117 to 0.171) makes in its home at its first start, at the latest with the first session, what its users put there, and
 * what this tool and its sibling leave. `codex login status` alone makes nothing by which a home could be told.
 */
const FILES_OF_A_HOME =
  /^(config\.toml|auth\.json|history\.jsonl|session_index\.jsonl|installation_id|version\.json|\.(personality|sandbox)_migration|(state|logs|goals|memories|thread_history)_\d+\.sqlite)$/;
const FOLDERS_OF_A_HOME = /^(sessions|archived_sessions|sync-journal|sync-sidecar|transfer-journal|thread-writer-locks)$/;

/** So that a slip of the pen (`--codex-home /`, a project's folder) is not made into a home. */
function requireCodexHome(home: string): void {
  const isOfAHome = ({ name }: { name: string }): boolean => {
    const stat = fs.statSync(path.join(home, name), { throwIfNoEntry: false });
    return (
      (FILES_OF_A_HOME.test(name) && stat?.isFile() === true) || (FOLDERS_OF_A_HOME.test(name) && stat?.isDirectory() === true)
    );
  };
  const candidates = fs
    .readdirSync(home, { withFileTypes: true })
    .filter(({ name }) => FILES_OF_A_HOME.test(name) || FOLDERS_OF_A_HOME.test(name));
  if (candidates.some(isOfAHome)) return;
  throw new SyncError('not_a_codex_home', 'This folder does not look like a Codex home.', {
    where: home,
  });
}

/** All that stand in the way, at once. */
function requireNoObstacle(home: string): void {
  const obstacles = obstaclesIn(home);
  if (obstacles.length === 0) return;
  throw new SyncError('home_obstructed', obstacles.map(({ message }) => message).join(' '), {
    where: obstacles.map(({ place }) => place).join(', '),
  });
}

const readConfig = (file: string, warnings: string[]): JsonObject | null =>
  readToml(file, (error) => {
    warnings.push(`config.toml cannot be read (${firstLineOf(error)}); model providers are not checked`);
  });

function chooseDatabases(
  home: string,
  config: JsonObject | null,
  environment: NodeJS.ProcessEnv,
): [string, CodexHome['databasesChosenBy']] {
  if (typeof config?.sqlite_home === 'string')
    return [localSpelling(path.resolve(home, config.sqlite_home)), 'config sqlite_home'];
  if (environment.CODEX_SQLITE_HOME) return [localSpelling(environment.CODEX_SQLITE_HOME), 'CODEX_SQLITE_HOME'];
  return [home, 'home'];
}

export const databaseFile = (home: CodexHome, name: DatabaseName): string =>
  ({
    state: path.join(home.databases, 'state_5.sqlite'),
    history: path.join(home.databases, 'thread_history_1.sqlite'),
    goals: path.join(home.databases, 'goals_1.sqlite'),
    sidecar: path.join(home.path, 'sync-sidecar', 'sidecar.sqlite'),
  })[name];
