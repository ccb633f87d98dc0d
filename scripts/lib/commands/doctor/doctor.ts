// Looks at what a sync would stand on: Node, native modules, home, databases, running Codex, room on the disk, leftovers.
// Reads only, and goes on where a part cannot be read.

import { isNodeNewEnough, type NativeModule, nativeModules } from '../../adapters/process/runtime_environment.ts';
import { oldestNode, toolVersion } from '../../adapters/process/tool_version.ts';
import { leftUnpackFolders } from '../../adapters/temporary_folders/private_temporary_folder.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { type ExaminedHome, examineHome } from './doctor_home.ts';

/** `home` is null where there is none to look at. */
export type Examination = {
  tool: string;
  node: { version: string; oldest: string; executable: string };
  modules: NativeModule[];
  home: ExaminedHome | null;
  findings: Finding[];
};

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
  finding('unpacked_left', folder, 'Files unpacked by an interrupted run are still there.');

function findingOfModule({ name, why_not }: NativeModule): Finding[] {
  if (why_not === null) return [];
  return name === 'better-sqlite3'
    ? [finding('native_module_missing', name, `The module that reads databases does not load: ${why_not}.`)]
    : [finding('locks_unavailable', name, `Codex's locks cannot be held: ${why_not}.`)];
}
