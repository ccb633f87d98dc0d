// Which threads a live Codex holds. From 0.147 a loaded thread has a lock on thread-writer-locks/<id>.lock; before that the only sign is the
// open rollout file. What is seen to be free may be opened a moment later: while a rollout is changed, its lock is held (codex_locks.ts).

import { because, type Reason } from '../../domain/reasons/reason.ts';
import { trace } from '../run/trace.ts';
import type { HolderProbe } from './holder_probe.ts';
import { linuxProbe } from './linux_probe.ts';
import { nativeProbe } from './native_probe.ts';

export type Holders = { whyBusy(threadId: string, rollout: string | null): Reason | null; note: string | null };

/** A home, and the thread that runs this command, where a Codex runs it. */
export type WatchedHome = { path: string; runningThread: string | null };

/**
 * One look at the machine, to be asked about many threads. The answer says who holds the thread, null where nobody is seen to.
 * `ours`: threads whose lock this process has.
 */
export function findHolders(
  { path: home, runningThread }: WatchedHome,
  ours: ReadonlySet<string> = new Set(),
  look: (home: string) => HolderProbe = lookOnThisSystem,
): Holders {
  const probe = look(home);
  trace('locks', () => `running thread ${runningThread ?? 'none'}, ${probe.blind ?? 'holders are seen'}`);
  return {
    note: probe.blind === null ? null : `${probe.blind}; close Codex before you sync`,
    whyBusy(threadId, rollout) {
      if (runningThread === threadId) return because('this_session', 'this session runs the command');
      const sign = probe.signOf(threadId, rollout, ours.has(threadId));
      if (sign === null) return null;
      return because('open_in_codex', sign === 'lock' ? 'a running Codex has it open' : 'a running Codex has its file open');
    },
  };
}

const lookOnThisSystem = (home: string): HolderProbe => (process.platform === 'linux' ? linuxProbe(home) : nativeProbe(home));
