import type { LocalSession } from '../../adapters/local_sessions/local_session.ts';
import { readFirstLine } from '../../adapters/rollout/first_line.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { parentInSource } from '../../domain/rollout/thread_tree.ts';

/** The thread that spawned a session of this machine, by its row; its file is opened only where it has none. */
export const parentByRow = (session: LocalSession): string | null =>
  session.row ? parentInSource(session.row.source) : parentByFile(session);

/** The same for one session, whatever an installer has put into its row. */
export const parentOfLocal = (session: LocalSession): string | null =>
  parentInSource(session.row?.source) ?? parentByFile(session);

/** What cannot be read has no parent; whoever needs its lines will say so. */
function parentByFile({ file }: LocalSession): string | null {
  try {
    return file === null ? null : (readFirstLine(file)?.meta.parentThreadId ?? null);
  } catch (error) {
    if (error instanceof SyncError) return null;
    throw error;
  }
}
