// The folders that sessions are worked on in: made where the user's home or a rule of the user's says so, else named.

import fs from 'node:fs';
import { missingFolders } from '../adapters/disk.ts';
import { type LocalizedPath, localizePath } from '../domain/localization.ts';
import { isValid, type SessionPackage } from '../domain/package.ts';
import type { Change, PlannedChange, PlannedSession } from '../domain/plan.ts';
import { forThread } from '../domain/session_changes.ts';
import { pathExtensions, sourceHomeOf } from './extensions_in_use.ts';
import type { SyncContext } from './sync_context.ts';

/** Folders of what is created, and with a whole package those that it says it needs. */
export function workingFolders(
  incoming: SessionPackage,
  sessions: PlannedSession[],
  context: SyncContext,
): { changes: PlannedChange[]; warnings: string[] } {
  const created = sessions.filter(({ action }) => action === 'create' || action === 'branch');
  if (created.length === 0) return { changes: [], warnings: [] };
  const required = requiredFolders(incoming, context);
  const wanted = [...created.map(({ cwd }) => ({ path: cwd.local, rule: cwd.rule })), ...required];
  const folders = new Set(wanted.filter((folder) => context.mayMake(folder)).flatMap((folder) => missingFolders(folder.path)));
  const changes = [...folders].map(
    (folder): Change => ({ kind: 'operation', operation: { kind: 'make_directory', path: folder } }),
  );
  return { changes: forThread(null, changes), warnings: warningsFor(required, context) };
}

function requiredFolders(incoming: SessionPackage, { options }: SyncContext): LocalizedPath[] {
  const { mapPaths, userHome, threadIds } = options;
  if (threadIds.length > 0) return [];
  const packed = incoming.sessions.find(isValid);
  const rules = { explicit: mapPaths, userHome, ...pathExtensions(options, packed ? sourceHomeOf(packed) : null) };
  return incoming.requiredDirectories.map((folder) => localizePath(folder, rules));
}

/** More are counted, not named. */
const MOST_NAMED = 20;

function warningsFor(required: LocalizedPath[], context: SyncContext): string[] {
  const left = [...new Set(required.filter((folder) => !context.mayMake(folder) && !fs.existsSync(folder.path)).map(named))];
  const rest = left.length > MOST_NAMED ? [`and ${left.length - MOST_NAMED} more required folder(s) are not made`] : [];
  return [...left.slice(0, MOST_NAMED), ...rest];
}

const named = ({ path }: LocalizedPath): string =>
  `required folder ${JSON.stringify(path.slice(0, 300))} is not made: it is not below your home, or no folder can have that name; --map-path says where it is to be`;
