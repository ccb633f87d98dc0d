// One session of a plan as programs are shown it (contract: `inspect-package --json`): what is decided, beside what the package says.

import type { Change, PlannedSession } from '../../domain/plan/plan.ts';
import type { PlannedSync } from '../../planning/plan_sync.ts';

/**
 * What can be done with the session on this machine, as far as it can be told without its account: go on with it; read it, because its model provider
 * is not configured; or perhaps not resume it, because the model's encrypted items in it belong to an account.
 */
type Prospect = 'continuable here' | 'readable here' | 'may fail on resume: encrypted for another account';

export type SessionDocument = PlannedSession & {
  encrypted_items: number;
  /** Null where the session cannot be taken. */
  prospect: Prospect | null;
  bytes: number;
  archived: boolean;
  /** The local session gets a lineage by this plan: none knew it. */
  adopted: boolean;
};

export function sessionDocuments({ package: incoming, plan }: PlannedSync): SessionDocument[] {
  const adopted = new Set(plan.changes.flatMap(({ thread_id, change }) => (isFoundHead(change) ? [thread_id] : [])));
  return plan.sessions.map((session, at) => {
    const { transcript, size, archived } = incoming.sessions[at] as (typeof incoming.sessions)[number];
    const isTaken = session.classification !== 'invalid';
    const encrypted_items = isTaken ? (transcript?.encryptedItems ?? 0) : 0;
    const prospect = isTaken ? prospectOf(session, encrypted_items) : null;
    const isAdopted = session.local_thread_id !== null && adopted.has(session.local_thread_id);
    return { ...session, encrypted_items, prospect, bytes: size, archived, adopted: isAdopted };
  });
}

function prospectOf({ model_provider }: PlannedSession, encryptedItems: number): Prospect {
  if (!model_provider.configured) return 'readable here';
  return encryptedItems > 0 ? 'may fail on resume: encrypted for another account' : 'continuable here';
}

/** Heads are written once; only those of sessions that a run finds locally have that origin: a sync adopts by itself. */
function isFoundHead(change: Change): boolean {
  if (change.kind !== 'operation' || change.operation.kind !== 'row') return false;
  const { table, before, after } = change.operation;
  return table === 'heads' && before === null && after?.origin === 'found';
}
