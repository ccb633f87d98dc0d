// A lock on an open file, as Rust's standard library takes it for Codex: flock(2) on Linux and macOS, LockFileEx on Windows. Node has neither.
// koffi calls them in the libraries that this process runs with anyway; nothing is compiled.

import { createRequire } from 'node:module';
import type Koffi from 'koffi';
import { loadingError } from '../disk/hidden_errors.ts';
import { asSyncError, firstLineOf } from '../disk/system_errors.ts';
import { flockOf } from './flock.ts';
import { lockFileExOf } from './lock_file_ex.ts';
import type { FileLock } from './lock_files.ts';

/** The system that this runs on, and how its native modules are loaded. */
export type Native = { platform: NodeJS.Platform; load(name: string): unknown };

const modules = createRequire(import.meta.url);

export const NATIVE: Native = { platform: process.platform, load: modules };

/** Why there is no lock, as far as it can be told without loading anything; null where there seems to be one. */
export function whyNoFileLock(): string | null {
  try {
    modules.resolve('koffi');
    return null;
  } catch {
    return 'the optional module koffi is not installed';
  }
}

const PASSING: ReadonlySet<string> = new Set(['too_many_files', 'no_memory', 'io_error']);

/** The lock, or why this process cannot take one. */
export function loadFileLock({ platform, load }: Native = NATIVE): FileLock | { missing: string } {
  const missing = whyNoFileLock();
  if (missing) return { missing };
  try {
    const koffi = load('koffi') as typeof Koffi;
    return platform === 'win32' ? lockFileExOf(koffi) : flockOf(koffi);
  } catch (thrown) {
    const error = loadingError(thrown, 'koffi', modules.resolve.paths('koffi') ?? []);
    const known = asSyncError(error);
    // Held back just now: without it Codex's locks would not be held, though they can be.
    if (known && PASSING.has(known.code)) throw known;
    return { missing: `koffi does not load (${firstLineOf(error)})` };
  }
}
