// `backup prune`: drops old backups of a home. The newest whole one always stays.

import { removeBackup, removeLeft, type SoundBackup } from '../../adapters/backups/backup_folder.ts';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { stopIfInterrupted } from '../../adapters/run/interruption.ts';
import { choosePruned, type Retention } from '../../domain/backup/retention.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { backupsSeen, ownBackups } from './backups_of_home.ts';

export type PruneBackupsRequest = Retention & { folder: string; execute: boolean };

export type PrunedBackups = { mode: 'dry-run' | 'executed'; pruned: SoundBackup[]; kept: SoundBackup[]; warnings: string[] };

export async function pruneBackups(
  home: CodexHome,
  { folder, execute, ...retention }: PruneBackupsRequest,
  now: Date,
): Promise<PrunedBackups> {
  if (retention.keep === null && retention.olderThan === null)
    throw new SyncError('usage', 'Choose what to drop with --keep N, --older-than 30d, or both.');
  const seen = await backupsSeen(home, folder);
  const { dropped, kept } = choosePruned(ownBackups(seen), retention, now.getTime());
  if (execute) drop(folder, dropped);
  const damaged = seen.filter(({ problem }) => problem !== null);
  return {
    mode: execute ? 'executed' : 'dry-run',
    pruned: dropped,
    kept,
    warnings: damaged.map(({ path: place, problem }) => `${place} is left alone: ${problem}`),
  };
}

/** Oldest first: whatever ends the run, what stays is newer than what is gone. */
function drop(folder: string, backups: SoundBackup[]): void {
  removeLeft(folder);
  for (const backup of backups.toReversed()) {
    stopIfInterrupted();
    removeBackup(folder, backup);
  }
}
