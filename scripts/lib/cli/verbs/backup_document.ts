// What the verbs about backups have in common: where they look, and how a backup is shown to programs.

import path from 'node:path';
import type { StoredBackup } from '../../adapters/backups/backup_folder.ts';
import { localSpelling } from '../../adapters/paths/local_paths.ts';
import { userPlace } from '../../adapters/process/user_places.ts';
import type { Flags } from '../command_line/command.ts';
import { textFlag } from '../command_line/flags.ts';

export const folderOf = (flags: Flags, environment: NodeJS.ProcessEnv): string =>
  localSpelling(textFlag(flags, 'backupDir') ?? path.join(userPlace('data', environment), 'backups'));

/** As programs see it; what a damaged one would have said of itself is null. */
export const shown = ({ id, form, path: place, size, description, problem }: StoredBackup): Record<string, unknown> => ({
  id,
  path: place,
  form,
  size,
  problem,
  created_at: description?.created_at ?? null,
  why: description?.why ?? null,
  machine: description?.machine ?? null,
  codex_home: description?.codex_home ?? null,
  sessions: description?.sessions ?? null,
  left_out: description?.left_out ?? null,
  bytes: description?.bytes ?? null,
});
