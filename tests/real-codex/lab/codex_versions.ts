import { existsSync } from 'node:fs';
import path from 'node:path';
import { suiteFolder } from './places.ts';

const isWindows = process.platform === 'win32';

/** Exactly the versions that package.json beside this folder installs. */
export const installedVersions = [
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

/** One of those, or the one that `npm run test:codex -- VERSION` has installed beside them. */
export type CodexVersion = (typeof installedVersions)[number] | (string & { readonly isCodexVersion?: never });

/** What stands for today's Codex. Another one takes its place in a proof of that version. */
export const newest: CodexVersion = process.env.CODEX_SUITE_NEWEST ?? '0.171.0';

/** The Codex of the homes that sessions of the newest arrive in, where it is not the same. */
const ofHomes: CodexVersion = process.env.CODEX_SUITE_HOME ?? newest;

export const homeVersionFor = (version: CodexVersion): CodexVersion => (version === newest ? ofHomes : version);

export const codexVersions: readonly CodexVersion[] = [...new Set([...installedVersions, newest, ofHomes])];

/** The versions that the main story is told with: before row metadata, before ordinals, and the newest. Windows has only two here. */
export const storyVersions: readonly CodexVersion[] = [...(isWindows ? [] : ['0.117.0']), '0.145.0', newest];

/** Where a version goes that package.json does not name. */
export const extraFolder = (version: CodexVersion): string => path.join(suiteFolder, '.codex', version);

/**
 * What starts that Codex: its npm launcher, or the program itself where only its package is there: 0.150.0, which not every registry still
 * has for all systems, so that a lock file of its launcher cannot be made there; what .ci/windows unpacks; and on Windows what npm has
 * installed beside the launcher, which no other program can start there.
 */
export function codexBinary(version: CodexVersion): string {
  const named = path.join(suiteFolder, 'node_modules', `codex-${version}`);
  const program = isWindows ? 'x86_64-pc-windows-msvc/bin/codex.exe' : 'x86_64-unknown-linux-musl/bin/codex';
  const extra = path.join(extraFolder(version), 'node_modules', '@openai');
  const places = [
    path.join(named, 'bin', 'codex.js'),
    path.join(named, 'vendor', program),
    ...(isWindows ? [path.join(extra, 'codex-win32-x64', 'vendor', program)] : []),
  ];
  return places.find(existsSync) ?? path.join(extra, 'codex', 'bin', 'codex.js');
}

/** A program and its arguments: a launcher is started by Node. */
export function codexCommand(binary: string, ...args: readonly string[]): [program: string, args: string[]] {
  return binary.endsWith('.js') ? [process.execPath, [binary, ...args]] : [binary, [...args]];
}

const minorOf = (version: CodexVersion): number => Number(version.split('.')[1]);

/** `codex doctor` came after 0.117; that of 0.171 calls a function of Windows that Wine has not (FindPackagesByPackageFamily). */
export const hasDoctor = (version: CodexVersion): boolean =>
  process.env.CODEX_SYNC_UNDER_WINE ? version === '0.145.0' : minorOf(version) >= 145;
