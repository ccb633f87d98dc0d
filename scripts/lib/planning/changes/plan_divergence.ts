// A divergence: both sides have gone on. Both survive whatever is asked for; a policy only says which one stays in front.

import { type PresentSession, pathForRow } from '../../adapters/local_sessions/local_session.ts';
import { userNameOf } from '../../domain/plan/branch_name.ts';
import type { Change } from '../../domain/plan/plan.ts';
import { forThread, rowChange } from '../../domain/plan/session_changes.ts';
import { archivedRow } from '../../domain/thread/thread_row.ts';
import type { SyncContext } from '../context/sync_context.ts';
import type { MatchedHead } from '../match/matched_head.ts';
import type { Decision, SessionPlan } from './decision.ts';
import { withWarnings } from './describe_session.ts';
import { placeOfRollout } from './plan_metadata.ts';
import { leftAlone, planCreate } from './plan_new_session.ts';

export function planDivergence(decision: Decision, context: SyncContext): SessionPlan {
  const { onDivergence } = context.options;
  if (onDivergence === 'skip') return leftAlone(decision, 'none', 'left alone: --on-divergence skip', context);
  if (onDivergence === 'abort') return leftAlone(decision, 'refuse', '--on-divergence abort stops the whole run', context);
  const head = decision.verdict.best as MatchedHead;
  switch (sideInFront(decision, head, context)) {
    case 'local':
      return planCreate(decision, 'branch', context, { archived: true });
    case 'incoming':
      return takeThePlace(decision, head, context);
    case 'both':
      return planCreate(decision, 'branch', context);
  }
}

/** A sub-agent is not listed, so nothing stands in front of it. */
function sideInFront({ incoming }: Decision, { end }: MatchedHead, { options }: SyncContext): 'local' | 'incoming' | 'both' {
  const { onDivergence } = options;
  if (incoming.parent !== null || onDivergence === 'branch') return 'both';
  if (onDivergence !== 'prefer-newer') return onDivergence === 'prefer-local' ? 'local' : 'incoming';
  // The content decides, not the times of files: those are of whoever copied them.
  const [local, theirs] = [Date.parse(end?.lastTimestamp ?? ''), Date.parse(incoming.transcript.lastTimestamp ?? '')];
  // NaN, for a side without a time, is neither.
  if (local > theirs) return 'local';
  return local < theirs ? 'incoming' : 'both';
}

/** The incoming side gets the local one's name and pin; the local one goes into the archive as it is. */
function takeThePlace(decision: Decision, { session: local }: MatchedHead, context: SyncContext): SessionPlan {
  const busy = context.holders.whyBusy(local.threadId, local.file);
  const isFree = busy === null && context.claim(local.threadId, decision.incoming.threadId);
  if (!isFree) {
    const { session, changes } = planCreate(decision, 'branch', context);
    const why = busy?.reason ?? 'another session of the package belongs to it as well';
    return { session: withWarnings(session, [`the local session stays in front: ${why}`]), changes };
  }
  const name = userNameOf(local, context.local.sidecar) ?? decision.incoming.name;
  const isPinned = Number(local.row?.is_pinned ?? 0) === 1;
  const { session, changes } = planCreate(decision, 'branch', context, { name, isPinned });
  const archived = forThread(local.threadId, archive(local, context));
  if (session.action !== 'branch') return { session, changes };
  return {
    session: withWarnings(session, [`the local session ${local.threadId} is archived`]),
    changes: [...changes, ...archived],
  };
}

function archive(local: PresentSession, { home }: SyncContext): Change[] {
  if (local.archived) return [];
  const file = placeOfRollout(home.path, local.file, true);
  const { row } = local;
  const after = row && {
    ...archivedRow(row, row, true, pathForRow(local, file)),
    ...('is_pinned' in row ? { is_pinned: 0 } : {}),
  };
  return [
    { kind: 'move_rollout', path: local.file, to: file },
    ...(row ? [rowChange('state', 'threads', { id: local.threadId }, row, after)] : []),
  ];
}
