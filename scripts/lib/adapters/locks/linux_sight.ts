// Linux shows locks and open files in /proc, which needs no native code.

import fs from 'node:fs';
import path from 'node:path';
import { foldName } from '../../domain/ids/makeable_folder.ts';
import { isSamePlace } from '../disk/local_paths.ts';
import { namesIn, withoutLinks } from '../disk/places.ts';
import { lockFile, locksFolder } from './lock_files.ts';
import type { Sight } from './sight.ts';

export function linuxSight(home: string): Sight {
  const locked = lockedInodes();
  const open = openFiles(home);
  return {
    blind: locked === null ? 'this system does not show which sessions a running Codex has open' : null,
    signOf(threadId, rollout, isOurs) {
      const lock = inodeOf(lockFile(locksFolder(home), threadId));
      if (lock !== null && !isOurs && locked?.has(lock)) return 'lock';
      return rollout !== null && isAmong(open, realPath(rollout)) ? 'file' : null;
    },
  };
}

function inodeOf(file: string): string | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? String(stat.ino) : null;
}

/** Inodes with a FLOCK, from lines such as `1: FLOCK  ADVISORY  WRITE 812 fe:00:393226 0 EOF`. */
function lockedInodes(): Set<string> | null {
  if (!fs.existsSync('/proc/locks')) return null;
  const lines = fs.readFileSync('/proc/locks', 'utf8').split('\n');
  return new Set(lines.filter((line) => line.includes('FLOCK')).map((line) => /:(\d+) \d+ /.exec(line)?.[1] ?? ''));
}

/** By what a disk that folds names might take for one. */
type OpenFiles = Map<string, Set<string>>;

const isAmong = (open: OpenFiles, file: string): boolean =>
  [...(open.get(foldName(file)) ?? [])].some((named) => isSamePlace(named, file));

/** Files below the home that some other process has open. Processes of other users are not seen; they cannot write here either. */
function openFiles(home: string): OpenFiles {
  const root = foldName(realPath(home) + path.sep);
  const open: OpenFiles = new Map();
  for (const process_ of namesIn('/proc')) {
    if (!/^\d+$/.test(process_) || process_ === String(process.pid)) continue;
    for (const descriptor of namesIn(`/proc/${process_}/fd`)) {
      const target = readLink(`/proc/${process_}/fd/${descriptor}`);
      const folded = foldName(target ?? '');
      if (target && folded.startsWith(root)) open.set(folded, (open.get(folded) ?? new Set()).add(target));
    }
  }
  return open;
}

function readLink(link: string): string | null {
  try {
    return fs.readlinkSync(link);
  } catch {
    return null;
  }
}

const realPath = (file: string): string => withoutLinks(file) ?? path.resolve(file);
