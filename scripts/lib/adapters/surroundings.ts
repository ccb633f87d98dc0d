// What this process runs on: Node and the native modules.

import { loadFlock } from './flock.ts';
import { whyNoSqlite } from './sqlite.ts';

/** `why_not`: null where the module loads. */
export type NativeModule = { name: 'better-sqlite3' | 'koffi'; why_not: string | null };

/** The oldest Node that this tool is tested with (package.json `engines`). */
export const OLDEST_NODE = '20.19.0';

export function isNodeNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = OLDEST_NODE.split('.').map(Number);
  return major > oldMajor || (major === oldMajor && minor >= oldMinor);
}

export function nativeModules(): NativeModule[] {
  const flock = loadFlock();
  return [
    { name: 'better-sqlite3', why_not: whyNoSqlite() },
    { name: 'koffi', why_not: 'missing' in flock ? flock.missing : null },
  ];
}
