// A package may lack what its sessions continue. Where this machine has the same rollout, its own is taken.

import { linesOf } from '../../adapters/lines/line_reader.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import type { FindRollout, FoundRollout } from '../../adapters/rollout/rollout_chain.ts';
import type { Transcript } from '../../domain/compare/transcript.ts';
import { headOf } from '../../domain/rollout/rollout_line.ts';

/**
 * The local rollout of that id. A `history_base` that fits byte for byte is believed; after localization it does not, and then only a
 * sync point tells that the lines up to there came from the same rollout and have the same ordinals.
 */
export const findBaseIn =
  ({ rollouts, sidecar, sessions }: LocalHome): FindRollout =>
  (rolloutId) => {
    for (const { thread_id, incoming_transcript } of sidecar.pointsOfSource(rolloutId)) {
      const file = sessions.get(thread_id)?.file;
      const synced = JSON.parse(incoming_transcript) as Transcript;
      if (file && keepsOrdinals(synced, file)) return { file, isTrusted: isUpTo(synced.lastOrdinal) };
    }
    const file = rollouts.get(rolloutId);
    return file ? { file, isTrusted: isUpTo(null) } : null;
  };

const isUpTo =
  (lastOrdinal: number | null): FoundRollout['isTrusted'] =>
  ({ endOrdinal }) =>
    endOrdinal <= (lastOrdinal ?? -1) + 1;

/** The last line that was synced has locally the ordinal that it has in the package: nothing came in between. */
function keepsOrdinals({ lastOrdinal, lastTimestamp }: Transcript, file: string): boolean {
  for (const line of linesOf(file)) {
    const { ordinal, timestamp } = headOf(line);
    if (lastOrdinal !== null && ordinal === lastOrdinal) return timestamp === lastTimestamp;
  }
  return false;
}
