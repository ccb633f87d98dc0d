// `backup restore`: a sync of a backup, which also brings back what was deleted since. Content decides as always: nothing that went on since goes
// back, and nothing is overwritten.

import type { SoundBackup } from '../../adapters/backups/backup_folder.ts';
import { findChanged } from '../../adapters/backups/checksums.ts';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { baseName, parseRolloutName } from '../../domain/ids/rollout_name.ts';
import { withPackageFolder } from '../sync/package_place.ts';
import { type SyncRequest, type SyncResult, sync } from '../sync/sync.ts';
import { findBackup } from './backups_of_home.ts';

/** `from`: null for the newest whole backup of this home. */
export type RestoreRequest = Omit<SyncRequest, 'package' | 'archive' | 'command' | 'replaceDamaged'> & {
  folder: string;
  from: string | null;
};

export type Restored = { backup: SoundBackup; result: SyncResult };

export async function restoreBackup(home: CodexHome, { folder, from, ...options }: RestoreRequest, now: Date): Promise<Restored> {
  const backup = await findBackup(home, folder, from);
  const named = { named: backup.path, skills: options.includeSkills ?? [], mayBeLarge: true };
  return withPackageFolder(named, (place) => {
    // A zip has checked itself while it was unpacked.
    if (backup.form === 'none') requireAsWritten(place.package, options.threadIds);
    const result = sync(home, { ...options, ...place, replaceDamaged: true, command: 'restore' }, now);
    return { backup, result };
  });
}

/** Of sessions that are asked for by name, only their own files count: one that is damaged keeps no other from coming back. */
function requireAsWritten(folder: string, threadIds: string[]): void {
  const isAsked = (name: string): boolean => {
    const threadId = name.startsWith('sessions/') ? parseRolloutName(baseName(name))?.threadId : null;
    return !threadId || threadIds.length === 0 || threadIds.some((id) => threadId.startsWith(id));
  };
  const changed = findChanged(folder, isAsked);
  if (changed.length === 0) return;
  throw new SyncError('backup_damaged', `${changed.length} file(s) of the backup are missing or are not what was written.`, {
    where: changed.slice(0, 20).join(', '),
  });
}
