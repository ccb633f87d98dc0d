import type { PresentSession } from '../../adapters/local_sessions/local_session.ts';
import type { RolloutEnd } from '../../adapters/rollout/rollout_end.ts';
import type { Candidate, Verdict } from '../../domain/compare/classification.ts';
import type { HeadFolder } from '../context/current_folder.ts';

/** A local session that an incoming one belongs to. `end`: null where the sidecar vouches for it, and nothing of it was read. */
export type MatchedHead = Candidate & { session: PresentSession; folder: HeadFolder; end: RolloutEnd | null };

export type ReadHead = MatchedHead & { end: RolloutEnd };

export type Match = Verdict<MatchedHead>;
