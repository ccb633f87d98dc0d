// The sessions of this home that a selection means.

import path from 'node:path';
import { statFile } from '../../adapters/disk/file_reading.ts';
import type { PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { isBelowFolder, isSameFolder, LOCAL_NAMES } from '../../adapters/paths/local_paths.ts';
import { readFirstLine } from '../../adapters/rollout/first_line.ts';
import { noSuchSession, wholeIds } from '../../domain/ids/whole_ids.ts';
import { componentsBelow, isSamePath, parsePath } from '../../domain/paths/foreign_path.ts';
import { isAbsoluteOn } from '../../domain/paths/local_path.ts';
import { isTime } from '../../domain/thread/row_time.ts';
import { isSelected, type ThreadSelection } from '../../domain/thread/thread_selection.ts';

/** One of the first three; `narrowed` leaves fewer of them. */
export type PackupSelection = { cwdFilter: string | null; threadIds: string[]; all: boolean; narrowed?: ThreadSelection };

export function chooseSessions(sessions: PresentSession[], selection: PackupSelection): PresentSession[] {
  const { cwdFilter, all, narrowed } = selection;
  const packable = new Set<string>(sessions.map(({ threadId }) => threadId));
  const threadIds = wholeIds(selection.threadIds, packable, '--thread-id');
  const named = new Set(threadIds);
  const missing = threadIds.filter((id) => !packable.has(id));
  if (missing.length > 0) throw noSuchSession(missing, '--thread-id');
  return sessions
    .filter(({ threadId }) => all || named.has(threadId) || cwdFilter !== null)
    .filter((session) => cwdFilter === null || isFolderNamed(cwdOf(session), cwdFilter))
    .filter((session) => narrowed === undefined || isSelected(factsOf(session), narrowed, isWithin));
}

const factsOf = (session: PresentSession) => ({
  usedAt: usedAt(session),
  get folder() {
    return cwdOf(session);
  },
  archived: session.archived,
});

/** As Codex lists it; a session without a row was used when its file was written. */
function usedAt({ row, file }: PresentSession): number {
  const seconds = row?.updated_at;
  return isTime(seconds, 'updated_at') && seconds > 0 ? seconds * 1000 : (statFile(file)?.mtime ?? 0);
}

/** By name, or on the disk: a session may come from another system, and a folder may have several names on this machine. */
const isFolderNamed = (cwd: string, filter: string): boolean =>
  isSamePath(cwd, filter) || (isOfThisSystem(cwd) && isSameFolder(cwd, path.resolve(filter)));

function isWithin(cwd: string, project: string): boolean {
  const [place, above] = [parsePath(cwd), parsePath(project)];
  return (
    isFolderNamed(cwd, project) ||
    (place !== null && above !== null && componentsBelow(place, above) !== null) ||
    (isOfThisSystem(cwd) && isBelowFolder(path.resolve(project), cwd))
  );
}

const isOfThisSystem = (cwd: string): boolean => isAbsoluteOn(LOCAL_NAMES.platform, cwd);

function cwdOf({ row, file }: PresentSession): string {
  if (typeof row?.cwd === 'string' && row.cwd !== '') return row.cwd;
  return readFirstLine(file)?.meta.cwd ?? '';
}
