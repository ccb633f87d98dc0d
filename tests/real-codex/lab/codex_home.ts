import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type CodexVersion, codexBinary } from './codex_versions.ts';

/** One person's machine: a user home, a Codex home, projects, and the Codex that runs there. */
export type Machine = {
  version: CodexVersion;
  codexBin: string;
  root: string;
  codexHome: string;
  userHome: string;
  databases: string;
  environment: NodeJS.ProcessEnv;
};

/** Where Codex is told to keep its databases, if not in its home. */
export type DatabaseChoice = 'home' | 'config' | 'environment';

// Whatever else Codex would reach for goes to a closed port.
const proxy = 'http://127.0.0.1:9';
const loopbackOnly = { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, ALL_PROXY: proxy, NO_PROXY: '127.0.0.1,localhost' };

export async function makeMachine(
  root: string,
  version: CodexVersion,
  modelUrl: string,
  choice: DatabaseChoice,
): Promise<Machine> {
  const codexHome = path.join(root, 'codex-home');
  const userHome = path.join(root, 'user-home');
  const databases = choice === 'home' ? codexHome : path.join(root, 'databases');
  for (const folder of [codexHome, userHome, databases]) await mkdir(folder, { recursive: true });
  await writeFile(path.join(codexHome, 'config.toml'), configToml(modelUrl, choice === 'config' ? databases : undefined));
  // Under Wine, Codex 0.169 cannot make this file itself: it locks it and then reads it by another handle.
  if (process.platform === 'win32') await writeFile(path.join(codexHome, 'installation_id'), randomUUID());
  // A made-up environment: nothing of the Codex or the test runner around us may leak in, least of all their homes.
  const environment: NodeJS.ProcessEnv = {
    ...loopbackOnly,
    ...ofTheSystem(userHome),
    CODEX_HOME: codexHome,
    ...(choice === 'environment' ? { CODEX_SQLITE_HOME: databases } : {}),
  };
  return { version, codexBin: codexBinary(version), root, codexHome, userHome, databases, environment };
}

/** Without the first four of Windows no program starts there. */
function ofTheSystem(userHome: string): NodeJS.ProcessEnv {
  const { PATH, SYSTEMROOT, SYSTEMDRIVE, COMSPEC, PATHEXT, TEMP } = process.env;
  if (process.platform !== 'win32') return { PATH, LANG: 'C.UTF-8', HOME: userHome };
  return { PATH, SYSTEMROOT, SYSTEMDRIVE, COMSPEC, PATHEXT, TEMP, TMP: TEMP, USERPROFILE: userHome };
}

export async function makeProject(machine: Machine, name: string): Promise<string> {
  const project = path.join(machine.root, 'projects', name);
  await mkdir(project, { recursive: true });
  return project;
}

/**
 * Lets `use` do what it likes with a machine and then puts everything back as it was. The copy takes the place of the
 * original, because rows and settings name files by absolute path. No Codex may run there meanwhile. May be nested.
 */
export async function onScratchCopy<Result>(machine: Machine, use: () => Promise<Result>): Promise<Result> {
  const aside = await mkdtemp(`${machine.root}.original-`);
  // Into it, not over it: Windows takes no folder's place.
  const original = path.join(aside, 'machine');
  await rename(machine.root, original);
  try {
    await cp(original, machine.root, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    return await use();
  } finally {
    await rm(machine.root, { recursive: true, force: true });
    await rename(original, machine.root);
    await rm(aside, { recursive: true, force: true });
  }
}

const configToml = (modelUrl: string, sqliteHome: string | undefined): string => `model = "mock-model"
model_provider = "mock"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false
${sqliteHome === undefined ? '' : `sqlite_home = ${JSON.stringify(sqliteHome)}`}

[model_providers.mock]
name = "mock"
base_url = "${modelUrl}"
wire_api = "responses"

[agents]
max_depth = 3

[analytics]
enabled = false
`;
