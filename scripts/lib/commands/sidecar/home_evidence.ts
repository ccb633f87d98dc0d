// What of a sync's work still lies in the home.

import { statFile } from '../../adapters/disk/file_reading.ts';
import { digestRanges } from '../../adapters/lines/range_reader.ts';
import { contentSize } from '../../adapters/lines/rollout_bytes.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { filesOf } from '../../adapters/local_sessions/local_session.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { HomeEvidence, Standing } from '../../domain/sidecar/reconcile_sidecar.ts';
import { isAsLeft, type Left } from '../../domain/sidecar/sidecar.ts';
import type { WrittenRange } from '../transactions/journal_contents.ts';

/** `bytes`: how many of rollouts were read so far. */
export type LookedInto = HomeEvidence & { bytes(): number };

/** A file is read where size and time are not as the sync left them, and then only what the journal has a digest of. Each look is taken once. */
export function evidenceIn({ sessions }: Pick<LocalHome, 'sessions'>, written: Map<string, WrittenRange[]>): LookedInto {
  const seen = new Map<string, Standing>();
  let bytes = 0;
  const look = (threadId: string, left: Left): Standing => {
    const end = written.get(threadId)?.find(({ to, mtime }) => isAsLeft({ size: to, mtime }, left));
    const standings = filesOf(sessions.get(threadId)).map((file) => {
      const looked = standingOf(file, left, end);
      bytes += looked.bytes;
      return looked.standing;
    });
    return BEST_FIRST.find((standing) => standings.includes(standing)) ?? 'shrunk';
  };
  return {
    holds: (threadId) => sessions.has(threadId),
    standing(threadId, left) {
      const key = `${threadId} ${left.local_size} ${left.local_mtime}`;
      const standing = seen.get(key) ?? look(threadId, left);
      seen.set(key, standing);
      return standing;
    },
    bytes: () => bytes,
  };
}

/** A reverted session may be known by an earlier file. */
const BEST_FIRST: Standing[] = ['intact', 'changed', 'shrunk'];

function standingOf(file: string, left: Left, end: WrittenRange | undefined): { standing: Standing; bytes: number } {
  const stat = statFile(file);
  if (stat && isAsLeft(stat, left)) return { standing: 'intact', bytes: 0 };
  try {
    return lookInto(file, left, end);
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    // What cannot be seen says nothing against what is known of it.
    return { standing: UNSEEN.has(error.code) ? 'intact' : 'changed', bytes: 0 };
  }
}

const UNSEEN: ReadonlySet<string> = new Set(['not_downloaded', 'rollout_unreadable']);

/** A compressed rollout that cannot be decoded is an error. */
function lookInto(file: string, left: Left, end: WrittenRange | undefined): { standing: Standing; bytes: number } {
  if (contentSize(file) < left.local_size) return { standing: 'shrunk', bytes: 0 };
  if (!end) return { standing: 'intact', bytes: 0 };
  const digest = digestRanges([{ file, from: end.from, to: end.to }]);
  return { standing: digest === end.digest ? 'intact' : 'changed', bytes: end.to - end.from };
}
