// A home on the other side of the border between Windows and WSL: a Codex on the other side and this tool see neither each other's locks nor the
// shared memory of a database's log.

import fs from 'node:fs';
import os from 'node:os';
import { distributionIn, parsePath } from '../../domain/paths/foreign_path.ts';
import type { Platform } from '../../domain/paths/local_path.ts';
import { LOCAL_NAMES } from '../paths/local_paths.ts';

/** `isWsl`: this Linux runs in it. `fileSystem`: its number, as statfs tells it. */
type Side = { platform: Platform; isWsl: boolean; fileSystem: number | null };

/** 9p, by which WSL 2 has the disks of Windows; WSL 1 has them as its own kind. */
const FROM_WINDOWS = new Set([0x01021997, 0x53464846]);

/** Whether a folder is on the other side. */
export function isAcrossBorder(folder: string, { platform, isWsl, fileSystem }: Side): boolean {
  if (platform === 'win32') return distributionIn(parsePath(folder)?.root ?? '') !== null;
  return isWsl && (/^\/mnt\/[a-z](\/|$)/.test(folder) || (fileSystem !== null && FROM_WINDOWS.has(fileSystem)));
}

/** What to say before anything is written. */
export function warnOfBorder(home: string): string[] {
  const isWsl = LOCAL_NAMES.platform === 'linux' && /microsoft/i.test(os.release());
  const fileSystem = isWsl ? fs.statfsSync(home).type : null;
  return isAcrossBorder(home, { platform: LOCAL_NAMES.platform, isWsl, fileSystem }) ? [ACROSS] : [];
}

const ACROSS =
  'this home is on the other side of the border between Windows and WSL, where locks are not seen: close Codex on both sides first, or run this tool on the side of the home';
