// A rollout of this home with all that it continues.

import { SyncError } from '../../domain/codes/errors.ts';
import { canonicalDigest } from '../../domain/compare/canonical_line.ts';
import type { ByteRange } from '../../domain/rollout/byte_range.ts';
import { weigh } from '../../domain/rollout/line_weight.ts';
import { headOf } from '../../domain/rollout/rollout_line.ts';
import { isInherited, parseSessionMeta, type SessionMeta } from '../../domain/rollout/session_meta.ts';
import { linesOf } from '../lines/line_reader.ts';
import { knownEnd } from '../lines/rollout_bytes.ts';
import { type Chain, type FindRollout, resolveChain } from '../rollout/rollout_chain.ts';
import type { LocalHome } from './local_home.ts';

type Rollouts = Pick<LocalHome, 'rollouts'>;

/** A rollout of this home with all that it continues, by the ordinals where bytes have moved; only its own lines where that is broken. */
export const localRanges = (home: Rollouts, file: string): ByteRange[] =>
  resolveChain(file, findIn(home, true)).ranges ?? [{ file, from: 0, to: knownEnd(file) }];

/** As Codex goes through it, by byte offsets alone: one that does not fit keeps it from opening the session, or from showing all turns. */
export const localChain = (home: Rollouts, file: string): Chain => resolveChain(file, findIn(home, false));

const findIn =
  ({ rollouts }: Rollouts, trustsOrdinals: boolean): FindRollout =>
  (rolloutId) => {
    const file = rollouts.get(rolloutId);
    return file ? { file, isTrusted: () => trustsOrdinals } : null;
  };

/** A rollout with all that it continues; `fault`: why Codex cannot open it. */
export function localRollout(home: Rollouts, file: string): { ranges: ByteRange[]; fault: string | null } {
  const { ranges, fault } = localChain(home, file);
  return fault ? { ranges: localRanges(home, file), fault: fault.reason } : { ranges, fault: null };
}

/** Digest of the first line of a transcript that only its conversation can have; null where there is none or it cannot be read. */
export function readRoot(ranges: readonly ByteRange[]): string | null {
  let meta: SessionMeta | null = null;
  try {
    for (const line of linesOf(ranges)) {
      if (line.offset >= ROOT_IS_WITHIN) break;
      if (line.bytes.length === 0) continue;
      const head = headOf(line);
      meta ??= parseSessionMeta(line.bytes, head);
      if (weigh(line.bytes, head, line.offset === 0) === 'history' && !isInherited(meta, head))
        return canonicalDigest(line.bytes);
    }
    return null;
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return null;
  }
}

/** Instructions come before the first turn; they are tens of kilobytes. */
const ROOT_IS_WITHIN = 4 << 20;
