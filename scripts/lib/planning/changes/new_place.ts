// Where the rollout of a new session goes, and what is in its way.

import path from 'node:path';
import { obstacleTo } from '../../adapters/codex_home/obstacles.ts';
import { readFileState } from '../../adapters/disk/file_reading.ts';
import { filesOf } from '../../adapters/local_sessions/local_session.ts';
import { holdsNothing } from '../../adapters/rollout/thread_files.ts';
import { parseRolloutName, type RolloutName, rolloutPathFor } from '../../domain/ids/rollout_name.ts';
import type { ThreadId } from '../../domain/ids/thread_id.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import type { IncomingSession } from '../../domain/plan/incoming_session.ts';
import type { Change, PlannedSession } from '../../domain/plan/plan.ts';
import { asChanges } from '../../domain/plan/session_changes.ts';
import { because } from '../../domain/reasons/reason.ts';
import type { SyncContext } from '../context/sync_context.ts';

/** `refusal`: why nothing can be put there; null where it can be, once `cleared` is done. */
type NewPlace = {
  path: string;
  refusal: Pick<PlannedSession, 'classification' | 'reason' | 'reason_code'> | null;
  cleared: Change[];
  warnings: string[];
};

export function placeOfNew(incoming: IncomingSession, id: ThreadId, archived: boolean, context: SyncContext): NewPlace {
  const file = pathOfNew(incoming, id, archived, context);
  const replaced = replacedFilesOf(id, context);
  return {
    path: file,
    refusal: refusalOf(file, id, replaced, context),
    cleared: asChanges(replaced),
    warnings: replaced.map(warningOf),
  };
}

function pathOfNew(incoming: IncomingSession, id: ThreadId, archived: boolean, { home }: SyncContext): string {
  const { folder, plainName } = parseRolloutName(incoming.rolloutName) as RolloutName;
  const place = archived ? 'archived_sessions' : `sessions/${folder}`;
  const relative = id === incoming.threadId ? `${place}/${plainName}` : rolloutPathFor(id);
  // `path.join` builds a text piece by piece, and V8 keeps the pieces: 700 bytes a path, of 20,000.
  return [home.path, ...relative.split('/')].join(path.sep);
}

function refusalOf(file: string, id: ThreadId, replaced: RemoveFile[], { holders }: SyncContext): NewPlace['refusal'] {
  const busy = replaced.map((one) => holders.whyBusy(id, one.path)).find((reason) => reason !== null);
  if (busy) return { classification: 'busy', ...busy };
  const obstacle = replaced.some((one) => one.path === file) ? null : obstacleTo(file);
  if (!obstacle) return null;
  return { classification: 'invalid', ...because('place_taken', `its place is taken by something else: ${obstacle}`) };
}

type RemoveFile = Extract<Operation, { kind: 'remove_file' }>;

/**
 * Files of that id which hold nothing (`holdsNothing`), or only what is damaged and comes back. They go to the journal first: beside the new file Codex would find two, and behind NUL bytes
 * it does not find a first line (0.145 to 0.171).
 */
function replacedFilesOf(id: ThreadId, context: SyncContext): RemoveFile[] {
  const replaced = filesOf(context.local.sessions.get(id)).filter((file) => context.isReplaceable(file));
  return replaced.flatMap((file): RemoveFile[] => {
    const before = readFileState(file);
    return before
      ? [
          {
            kind: 'remove_file',
            path: file,
            kept: `backups/${holdsNothing(file) ? 'empty' : 'damaged'}-${path.basename(file)}`,
            before,
          },
        ]
      : [];
  });
}

const warningOf = ({ path: file, before }: RemoveFile): string =>
  `its local file ${holdsNothing(file) ? 'is empty or holds only NUL bytes' : 'is damaged'} (${before.size} bytes) and is moved to the journal: ${file}`;
