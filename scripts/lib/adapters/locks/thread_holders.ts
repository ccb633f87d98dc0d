// Which threads a live Codex holds. From 0.147 a loaded thread has a flock on thread-writer-locks/<id>.lock; before that the only sign
// is the open rollout file. Both are looked up in /proc, which needs no native code; elsewhere nothing can be told yet. What is seen to be free
// may be opened a moment later: while a rollout is changed, its lock is held (codex_locks.ts).

import fs from 'node:fs';
import path from 'node:path';
import { because, type Reason } from '../../domain/codes/reason.ts';
import { namesIn, withoutLinks } from '../disk/places.ts';
import { trace } from '../run/trace.ts';
import { lockWarning } from './codex_locks.ts';
import { whyNoFlock } from './flock.ts';

export type Holders = { isHeld(threadId: string, rollout: string | null): Reason | null; note: string | null };

/** A home, and the thread that runs this command, where a Codex runs it. */
export type WatchedHome = { path: string; runningThread: string | null };

/**
 * One look at the machine, to be asked about many threads. The answer says who holds the thread, null where nobody is seen to.
 * `ours`: threads whose lock this process has.
 */
export function findHolders({ path: home, runningThread }: WatchedHome, ours: ReadonlySet<string> = new Set()): Holders {
  const locked = lockedInodes();
  const open = openFiles(home);
  trace('locks', () => `running thread ${runningThread ?? 'none'}, ${open.size} file(s) of the home open in other processes`);
  return {
    note: locked === null ? unseen() : null,
    isHeld(threadId, rollout) {
      if (runningThread === threadId) return because('this_session', 'this session runs the command');
      const lock = inodeOf(path.join(home, 'thread-writer-locks', `${threadId}.lock`));
      if (lock !== null && !ours.has(threadId) && locked?.has(lock))
        return because('open_in_codex', 'a running Codex has it open');
      if (rollout !== null && open.has(realPath(rollout))) return because('open_in_codex', 'a running Codex has its file open');
      return null;
    },
  };
}

const unseen = (): string =>
  process.platform === 'linux'
    ? 'this system does not show which sessions a running Codex has open; close Codex before you sync'
    : lockWarning(String(whyNoFlock()));

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

/** Files below the home that some other process has open. Processes of other users are not seen; they cannot write here either. */
function openFiles(home: string): Set<string> {
  const root = realPath(home) + path.sep;
  const open = new Set<string>();
  for (const process_ of namesIn('/proc')) {
    if (!/^\d+$/.test(process_) || process_ === String(process.pid)) continue;
    for (const descriptor of namesIn(`/proc/${process_}/fd`)) {
      const target = readLink(`/proc/${process_}/fd/${descriptor}`);
      if (target?.startsWith(root)) open.add(target);
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
