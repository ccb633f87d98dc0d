// For a restore: whether the local file of a session is damaged, and the backup has all that can still be read of it. Then the file may go to the
// journal and the session come back in its place; anything else that is damaged stays, and the whole one becomes a branch beside it.

import { withLines } from '../../adapters/lines/line_reader.ts';
import { localRanges } from '../../adapters/local_sessions/local_rollout.ts';
import { isPresent } from '../../adapters/local_sessions/local_session.ts';
import { faultOfFirstLine, readFirstLine, whyUnreadable } from '../../adapters/rollout/first_line.ts';
import { holdsNothing } from '../../adapters/rollout/thread_files.ts';
import { isOfOneRollout } from '../../domain/codes/errors.ts';
import { findRemnant } from '../../domain/compare/remnant.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { LineSource } from '../../domain/rollout/rollout_line.ts';
import type { SyncContext } from '../context/sync_context.ts';

/** The file that can be replaced; null where there is none. */
export function findReplaceable(incoming: IncomingSession, { local, options }: SyncContext): string | null {
  const session = options.replaceDamaged ? local.sessions.get(incoming.threadId) : undefined;
  if (!isPresent(session) || session.others.length > 0) return null;
  const { file, threadId } = session;
  if (holdsNothing(file) || whyUnreadable(file) !== null) return null;
  const isUnfit = faultOfFirstLine(file) !== null || readFirstLine(file)?.meta.id !== threadId;
  let breaksOff = false;
  const { isDamaged, isContained } = withLines(localRanges(local, file), (own) =>
    withLines(incoming.ranges, (other) => {
      const readable = whileReadable(own, () => {
        breaksOff = true;
      });
      return findRemnant(readable, other);
    }),
  );
  return isContained && (isUnfit || isDamaged || breaksOff) ? file : null;
}

/** A compressed file may be damaged anywhere; what comes before that is there. */
const whileReadable = (lines: LineSource, stop: () => void): LineSource => ({
  next() {
    try {
      return lines.next();
    } catch (error) {
      if (!isOfOneRollout(error)) throw error;
      stop();
      return null;
    }
  },
});
