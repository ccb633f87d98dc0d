// `backup create`: all sessions of a home as a package in the folder of backups. Reads the home, writes only there.

import os from 'node:os';
import path from 'node:path';
import { buildBackup, type Filled } from '../../adapters/backups/backup_builder.ts';
import type { SoundBackup } from '../../adapters/backups/backup_folder.ts';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { requireOutside } from '../../adapters/codex_home/own_places.ts';
import { statFile } from '../../adapters/disk/file_reading.ts';
import type { PackageTarget } from '../../adapters/package/package_target.ts';
import { isThere } from '../../adapters/paths/entries.ts';
import { toolVersion } from '../../adapters/process/tool_version.ts';
import type { BackupForm, Why } from '../../domain/backup/backup.ts';
import { requireSpace } from '../../transaction/space/free_space.ts';
import { type PackedSelection, selectForPackage } from '../packup/packup.ts';

/** `folder`: of the backups. */
export type BackupRequest = { folder: string; form: BackupForm; why: Why };

/** `left_out` sessions could not be read; `warnings` say why. */
export type CreatedBackup = { backup: SoundBackup; warnings: string[] };

export function createBackup(home: CodexHome, { folder, form, why }: BackupRequest, now: Date): CreatedBackup {
  // A home that goes takes what lies in it along.
  requireOutside(home, folder, 'The folder of the backups', '--backup-dir');
  const packing = selectForPackage(home, { cwdFilter: null, threadIds: [], all: true });
  requireRoom(folder, form, packing.content.sessions);
  let warnings: string[] = [];
  const fill = (target: PackageTarget): Filled => {
    const packed = packing.into(target, now);
    warnings = warningsOf(packed);
    return {
      created_at: now.toISOString(),
      why,
      tool_version: toolVersion(),
      machine: os.hostname(),
      codex_home: home.path,
      sessions: packed.sessions.length,
      left_out: packed.leftOut,
    };
  };
  const backup = buildBackup(folder, form, now, fill);
  return { backup, warnings };
}

/** Conversations pack to some tenth of their size; whether the disk has room for that only shows. */
function requireRoom(folder: string, form: BackupForm, sessions: readonly { file: string }[]): void {
  const bytes = sessions.reduce((sum, { file }) => sum + (statFile(file)?.size ?? 0), 0);
  requireSpace([{ folder: firstThere(folder), bytes: form === 'zip' ? bytes / 10 : bytes }], {
    hint: 'free some space there, or name another folder with --backup-dir',
  });
}

const firstThere = (folder: string): string => (isThere(folder) ? folder : firstThere(path.dirname(folder)));

const warningsOf = ({ sessions, warnings }: PackedSelection): string[] => [
  ...warnings,
  ...sessions.flatMap((session) => session.warnings.map((warning) => `${session.thread_id}: ${warning}`)),
];
