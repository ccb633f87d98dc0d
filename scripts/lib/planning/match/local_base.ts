// A package may lack what its sessions continue. Where this machine has the same rollout, it is taken from here.

import type { LocalHome } from '../../adapters/codex_home/local_home.ts';
import { linesOf } from '../../adapters/lines/line_reader.ts';
import type { FindRollout } from '../../adapters/rollout/rollout_chain.ts';
import type { Transcript } from '../../domain/compare/transcript.ts';
import { headOf } from '../../domain/rollout/rollout_line.ts';
import type { SyncPoint } from '../../domain/sidecar/sidecar.ts';

/**
 * The rollout of that id here. A `history_base` that fits byte for byte is believed; after localization it does not, and then only a
 * sync point tells that the lines up to there came from the same rollout and have the same ordinals.
 */
export const findBaseIn =
  ({ rollouts, sidecar, sessions }: LocalHome): FindRollout =>
  (rolloutId) => {
    const points = sidecar.pointsOfSource(rolloutId);
    const synced = points.find(
      (point) => sessions.get(point.thread_id)?.file && keepsOrdinals(point, sessions.get(point.thread_id)?.file ?? ''),
    );
    const file = (synced && sessions.get(synced.thread_id)?.file) ?? rollouts.get(rolloutId);
    if (!file) return null;
    const lastOrdinal = synced ? (transcriptOf(synced).lastOrdinal ?? -1) : -1;
    return { file, isTrusted: ({ endOrdinal }) => endOrdinal <= lastOrdinal + 1 };
  };

const transcriptOf = (point: SyncPoint): Transcript => JSON.parse(point.incoming_transcript) as Transcript;

/** The last line that was synced has the ordinal here that it had there: nothing came in between. */
function keepsOrdinals(point: SyncPoint, file: string): boolean {
  const { lastOrdinal, lastTimestamp } = transcriptOf(point);
  for (const line of linesOf(file)) {
    const { ordinal, timestamp } = headOf(line);
    if (lastOrdinal !== null && ordinal === lastOrdinal) return timestamp === lastTimestamp;
  }
  return false;
}
