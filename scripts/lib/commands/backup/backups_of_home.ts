// Backups, as one Codex home of one machine sees them: its own, and others that lie in the same folder.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  backupNamed,
  backupsNamed,
  isSound,
  listBackups,
  readBackup,
  type SoundBackup,
  type StoredBackup,
} from '../../adapters/backups/backup_folder.ts';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { isSamePlace, localSpelling } from '../../adapters/paths/local_paths.ts';
import { SyncError } from '../../domain/codes/errors.ts';

export type SeenBackup = StoredBackup & { isOwn: boolean };

/** Newest first. One that cannot be read is nobody's. */
export async function backupsSeen(home: CodexHome, folder: string): Promise<SeenBackup[]> {
  const backups = await listBackups(folder);
  return backups.map((backup) => ({ ...backup, isOwn: isSound(backup) && isOf(home, backup) }));
}

/** Newest first, and whole. */
export const ownBackups = (seen: SeenBackup[]): SoundBackup[] =>
  seen.filter(({ isOwn }) => isOwn).filter((one): one is SeenBackup & SoundBackup => isSound(one));

const isOf = (home: CodexHome, { description }: SoundBackup): boolean =>
  description.machine === os.hostname() && isSamePlace(description.codex_home, home.path);

/** `from`: an id or its beginning, a name, or a path; null for the newest whole one of this home. */
export async function findBackup(home: CodexHome, folder: string, from: string | null): Promise<SoundBackup> {
  if (from !== null) return requireSound(await readBackup(placeOf(folder, from)));
  const [newest] = ownBackups(await backupsSeen(home, folder));
  if (newest) return newest;
  throw new SyncError('backup_not_found', 'There is no backup of this Codex home.', {
    where: folder,
    hint: '`backup create` makes one; `--backup-dir` names another folder, `--from` a backup of another home',
  });
}

function requireSound(backup: StoredBackup): SoundBackup {
  if (isSound(backup)) return backup;
  throw new SyncError('backup_damaged', backup.problem, { where: backup.path });
}

function placeOf(folder: string, from: string) {
  const place = [localSpelling(from), path.join(folder, from)].find((one) => backupNamed(one) && fs.existsSync(one));
  return (place && backupNamed(place)) || byId(folder, from);
}

function byId(folder: string, from: string) {
  const found = backupsNamed(folder).filter(({ id }) => id.startsWith(from.replace(/^backup-/, '')));
  const [only, other] = found;
  if (only && !other) return only;
  if (!only) throw new SyncError('backup_not_found', `There is no backup \`${from}\`.`, { where: folder });
  throw new SyncError('usage', `\`${from}\` is the beginning of ${found.length} backups.`, {
    where: found.map(({ path: place }) => path.basename(place)).join(', '),
    hint: 'give more of the id, or the whole name',
  });
}
