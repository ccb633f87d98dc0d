// Linux shows locks and open files in /proc, which needs no native code.

import fs from 'node:fs';
import path from 'node:path';
import { foldName } from '../../domain/paths/folded_name.ts';
import { lockFile, locksFolder } from '../locks/lock_files.ts';
import { namesIn } from '../paths/entries.ts';
import { withoutLinks } from '../paths/links.ts';
import { FileSet } from './file_set.ts';
import type { HolderProbe } from './holder_probe.ts';

const LOCKS = '/proc/locks';

/** It looks when it is first asked: who only creates sessions asks nothing, and all processes of a machine have many files open. */
export function linuxProbe(home: string): HolderProbe {
  const locked = once(lockedInodes);
  const open = once(() => openFiles(home));
  const isVisible = fs.existsSync(LOCKS);
  return {
    blind: isVisible ? null : 'this system does not show which sessions a running Codex has open',
    signOf(threadId, rollout, isOurs) {
      const lock = isVisible && !isOurs ? inodeOf(lockFile(locksFolder(home), threadId)) : null;
      if (lock !== null && locked().has(lock)) return 'lock';
      return rollout !== null && open().has(rollout) ? 'file' : null;
    },
  };
}

function once<Value extends object>(look: () => Value): () => Value {
  let seen: Value | null = null;
  return () => {
    seen ??= look();
    return seen;
  };
}

function inodeOf(file: string): string | null {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat ? String(stat.ino) : null;
}

/** Inodes with a FLOCK, from lines such as `1: FLOCK  ADVISORY  WRITE 812 fe:00:393226 0 EOF`. */
function lockedInodes(): Set<string> {
  const lines = fs.readFileSync(LOCKS, 'utf8').split('\n');
  return new Set(lines.filter((line) => line.includes('FLOCK')).map((line) => /:(\d+) \d+ /.exec(line)?.[1] ?? ''));
}

/** Files below the home that some other process has open. Processes of other users are not seen; they cannot write to the home either. */
function openFiles(home: string): FileSet {
  const root = foldName((withoutLinks(home) ?? path.resolve(home)) + path.sep);
  const open = new FileSet();
  for (const process_ of namesIn('/proc')) {
    if (!/^\d+$/.test(process_) || process_ === String(process.pid)) continue;
    for (const descriptor of namesIn(`/proc/${process_}/fd`)) {
      const target = readLink(`/proc/${process_}/fd/${descriptor}`);
      if (target && foldName(target).startsWith(root)) open.add(target);
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
