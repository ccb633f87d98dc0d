import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Fault } from '../../domain/package/package.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { PlannedChange, PlannedSession } from '../../domain/plan/plan.ts';
import type { Deletion } from '../../domain/sidecar/sidecar.ts';
import type { Match } from '../match/matched_head.ts';

/** Which session of this machine an incoming one is, or will be. `deletion`: it was local and stays away. */
export type Decision = { incoming: IncomingSession; verdict: Match; localId: ThreadId; deletion: Deletion | null };

/** The local session that the incoming one would belong to can be damaged. */
export type Decided = Decision | Fault;

/** What a run does with one session, as it is shown and as it is written. */
export type SessionPlan = { session: PlannedSession; changes: PlannedChange[] };
