import path from 'node:path';
import { suiteFolder } from './places.ts';

/** Exactly the versions that package.json beside this folder installs. */
export const codexVersions = [
  '0.117.0',
  '0.145.0',
  '0.150.0',
  '0.153.4',
  '0.155.0',
  '0.160.1',
  '0.165.0',
  '0.169.0',
  '0.171.0',
] as const;
export type CodexVersion = (typeof codexVersions)[number];

/** The versions that the main story is told with: before row metadata, before ordinals, and the newest. */
export const storyVersions = ['0.117.0', '0.145.0', '0.169.0'] as const satisfies readonly CodexVersion[];

export const codexBinary = (version: CodexVersion): string =>
  path.join(suiteFolder, 'node_modules', `codex-${version}`, 'bin', 'codex.js');

const minorOf = (version: CodexVersion): number => Number(version.split('.')[1]);

/** `codex doctor` came after 0.117. */
export const hasDoctor = (version: CodexVersion): boolean => minorOf(version) >= 145;
