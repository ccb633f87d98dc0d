// What this process runs on: Node and the native modules.

import os from 'node:os';
import { loadFileLock } from '../locks/file_lock.ts';
import { whyNoSqlite } from '../sqlite/sqlite_connection.ts';

/** `why_not`: null where the module loads. */
export type NativeModule = { name: 'better-sqlite3' | 'koffi'; why_not: string | null };

/** Two versions such as `20.19` or `v22.1.0`, by their first two numbers. */
export function isNodeNewEnough(version: string, oldest: string): boolean {
  const [major = 0, minor = 0] = numbersOf(version);
  const [oldMajor = 0, oldMinor = 0] = numbersOf(oldest);
  return major > oldMajor || (major === oldMajor && minor >= oldMinor);
}

const numbersOf = (version: string): number[] => version.replace(/^v/, '').split('.').map(Number);

export function nativeModules(): NativeModule[] {
  const lock = loadFileLock();
  return [
    { name: 'better-sqlite3', why_not: whyNoSqlite() },
    { name: 'koffi', why_not: 'missing' in lock ? lock.missing : null },
  ];
}

/** The user's home as Codex finds it: an empty `HOME` is none (Node would take the current folder). */
export const userFolder = (): string => os.homedir() || os.userInfo().homedir;
