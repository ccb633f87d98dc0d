// The folders that sessions are worked on in: those that a package may have made are made, and shown before; all others are only named.

import { localizePath } from '../domain/localize/localization.ts';
import { isValid, type SessionPackage } from '../domain/package/package.ts';
import type { FolderNotMade, PlannedChange, PlannedFolders, PlannedSession } from '../domain/plan/plan.ts';
import { forThread, newFolders } from '../domain/plan/session_changes.ts';
import { pathExtensions, sourceHomeOf } from './context/extensions_in_use.ts';
import type { SyncContext } from './context/sync_context.ts';

/** More are counted, not named. */
const MOST_NAMED = 20;

/** Folders of what is created, and with a whole package those that it says it needs. */
export function planFolders(
  incoming: SessionPackage,
  sessions: PlannedSession[],
  context: SyncContext,
): { changes: PlannedChange[]; folders: PlannedFolders; warnings: string[] } {
  const created = sessions.filter(({ action }) => action === 'create' || action === 'branch').map(({ cwd }) => cwd.local);
  const required = created.length === 0 ? [] : requiredFolders(incoming, context);
  const notMade = [...new Set([...created, ...required])].flatMap((folder): FolderNotMade[] => {
    const reason = context.folders.ask(folder);
    return reason ? [{ path: folder, ...reason }] : [];
  });
  const make = context.folders.toMake();
  const folders = { make, not_made: notMade.slice(0, MOST_NAMED).map(shortened), not_made_count: notMade.length };
  // Of the folder of a session the session says so.
  const known = new Set(created);
  const others = notMade.filter((folder) => !known.has(folder.path)).length;
  return { changes: forThread(null, newFolders(make)), folders, warnings: others > 0 ? [warningOf(others)] : [] };
}

function requiredFolders(incoming: SessionPackage, { options, rules }: SyncContext): string[] {
  if (options.threadIds.length > 0) return [];
  const packed = incoming.sessions.find(isValid);
  const extended = { ...rules, ...pathExtensions(options, packed ? sourceHomeOf(packed) : null) };
  return incoming.requiredDirectories.map((folder) => localizePath(folder, extended).path);
}

/** Longer ones than a system has cannot be made anyway. */
const MOST_SHOWN = 1000;

const shortened = (folder: FolderNotMade): FolderNotMade =>
  folder.path.length > MOST_SHOWN ? { ...folder, path: `${folder.path.slice(0, MOST_SHOWN)}…` } : folder;

const warningOf = (count: number): string =>
  `${count} required folder(s) are not created; the plan lists them, and --map-path FROM=TO puts a folder elsewhere`;
