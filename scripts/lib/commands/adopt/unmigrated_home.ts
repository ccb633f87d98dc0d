// A home whose database another tool made: Codex makes a new one once it is set aside.

import path from 'node:path';
import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { nameInIndex } from '../../adapters/codex_home/session_index.ts';
import type { Holders } from '../../adapters/holders/thread_holders.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import type { PresentSession } from '../../adapters/local_sessions/local_session.ts';
import { isSamePlace } from '../../adapters/paths/local_paths.ts';
import { setAside } from '../../adapters/sqlite/database_files.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Change, PlannedChange } from '../../domain/plan/plan.ts';
import { asChanges, forThread } from '../../domain/plan/session_changes.ts';
import { isoOf } from '../../domain/thread/row_time.ts';
import { nameOf } from '../../domain/thread/thread_name.ts';
import { isArchived } from './adoption.ts';

/** A rollback takes sessions back, and the whole run with the last one: where no session changes, the file belongs to the first. */
export function setDatabaseAside(home: CodexHome, local: LocalHome, own: PlannedChange[], holders: Holders): PlannedChange[] {
  const file = databaseFile(home, 'state');
  const busy = holders.whyBusy('', file);
  if (busy) throw new SyncError('session_busy', `The database cannot be set aside: ${busy.reason}.`, { where: file });
  const owner = own.length > 0 ? null : ([...local.sessions.keys()][0] ?? null);
  return forThread(owner, asChanges(setAside(file)));
}

/** What only a database says of the session, kept where Codex looks when it makes a new one: the index and the archive folder. */
export function keepBesideDatabase(home: string, session: PresentSession): Change[] {
  const { threadId, row, file } = session;
  const name = nameOf(row ?? {}, session.name);
  const named = name !== null && session.name !== name ? [nameInIndex(home, threadId, name, isoOf(row?.updated_at))] : [];
  if (!isArchived(session) || isInArchive(home, file)) return named;
  const to = path.join(home, 'archived_sessions', path.basename(file));
  return [{ kind: 'move_rollout', path: file, to }, ...named];
}

const isInArchive = (home: string, file: string): boolean =>
  isSamePlace(path.dirname(file), path.join(home, 'archived_sessions'));
