import path from 'node:path';
import type { StoredBackup } from '../../adapters/backups/backup_folder.ts';
import { localSpelling } from '../../adapters/paths/local_paths.ts';
import { userPlace } from '../../adapters/process/user_places.ts';
import { backupsSeen, type SeenBackup } from '../../commands/backup/backups_of_home.ts';
import { createBackup } from '../../commands/backup/create_backup.ts';
import { pruneBackups } from '../../commands/backup/prune_backups.ts';
import { restoreBackup } from '../../commands/backup/restore_backup.ts';
import type { BackupForm } from '../../domain/backup/backup.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Flags, Verb } from '../command_line/command.ts';
import { codexHomeOf, daysFlag, executionOf, numberFlag, syncOptionsOf, textFlag } from '../command_line/flags.ts';
import { documentOf } from '../output/report.ts';
import { bytesText, shorten, table, timeText } from '../output/text.ts';
import { reportSync } from '../sync_report/report_sync.ts';

const folderOf = (flags: Flags, environment: NodeJS.ProcessEnv): string =>
  localSpelling(textFlag(flags, 'backupDir') ?? path.join(userPlace('data', environment), 'backups'));

export const create: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const form = (textFlag(flags, 'compression') ?? 'zip') as BackupForm;
  const request = { folder: folderOf(flags, environment), form, why: 'by_hand' as const };
  const { backup, warnings } = createBackup(home, request, new Date());
  const { sessions, bytes } = backup.description;
  return {
    document: documentOf('backup', home.path, { backup: shown(backup), warnings }),
    lines: [`Backup ${backup.id}: ${sessions} session(s), ${bytesText(bytes)}, ${bytesText(backup.size)} on disk`, backup.path],
    warnings,
  };
};

export const list: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const folder = folderOf(flags, environment);
  const backups = await backupsSeen(home, folder);
  return {
    document: documentOf('backups', home.path, {
      folder,
      backups: backups.map((one) => ({ ...shown(one), own: one.isOwn })),
      warnings: [],
    }),
    lines: [
      `Backups in ${folder}`,
      '',
      ...(backups.length === 0
        ? ['No backups.']
        : table([['BACKUP', 'CREATED (UTC)', 'FORM', 'SESSIONS', 'SIZE', 'MADE', 'OF'], ...backups.map(row)])),
    ],
  };
};

function row({ id, form, size, description, problem, isOwn }: SeenBackup): string[] {
  if (!description) return [id, '', form, '', bytesText(size), '', `damaged: ${problem}`];
  const { created_at, sessions, left_out, why, machine, codex_home } = description;
  const left = left_out > 0 ? ` (${left_out} left out)` : '';
  const of = isOwn ? 'this home' : shorten(`${machine}: ${codex_home}`, 80);
  return [id, timeText(created_at), form, `${sessions}${left}`, bytesText(size), WHYS[why] ?? why, of];
}

const WHYS: Record<string, string> = { by_hand: 'by hand', before_first_sync: 'before the first sync' };

export const restore: Verb = async (flags, environment) => {
  requireLocal(flags);
  const home = codexHomeOf(flags, environment);
  const { backup, result } = await restoreBackup(
    home,
    {
      ...syncOptionsOf(flags),
      ...executionOf(flags),
      // What is asked back was this machine's.
      resurrect: flags.resurrect !== false,
      includePins: flags.includePins !== false,
      expectPlan: textFlag(flags, 'expectPlan'),
      folder: folderOf(flags, environment),
      from: textFlag(flags, 'from'),
    },
    new Date(),
  );
  const report = reportSync(result);
  return {
    ...report,
    document: { ...report.document, kind: 'restore', backup: shown(backup) },
    get lines() {
      return [`Backup ${backup.id} of ${timeText(backup.description.created_at)} UTC`, ...report.lines];
    },
  };
};

/** In the words of codexSync. */
function requireLocal(flags: Flags): void {
  if (flags.target === 'cloud')
    throw new SyncError('usage', 'A backup is not restored into the place that machines share.', {
      where: '--target cloud',
      hint: 'restore it here; what comes back is published with the next exchange of this machine, and no other machine loses anything',
    });
  if (flags.dryRun === true && flags.execute === true) throw new SyncError('usage', 'Give --execute or --dry-run, not both.');
}

export const prune: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    folder: folderOf(flags, environment),
    keep: numberFlag(flags, 'keep'),
    olderThan: daysFlag(flags, 'olderThan'),
    execute: executionOf(flags).execute,
  };
  const { mode, pruned, kept, warnings } = await pruneBackups(home, request, new Date());
  const bytes = pruned.reduce((sum, { size }) => sum + size, 0);
  const rows = pruned.map((one) => [one.id, timeText(one.description.created_at), bytesText(one.size)]);
  const ending = mode === 'dry-run' ? 'Dry run: nothing was dropped. Add --execute.' : 'Dropped.';
  return {
    document: documentOf('backup_prune', home.path, { mode, pruned: pruned.map(shown), kept: kept.map(shown), bytes, warnings }),
    lines: [
      ...(rows.length > 0 ? [...table([['BACKUP', 'CREATED (UTC)', 'SIZE'], ...rows]), ''] : []),
      `${pruned.length} backup(s), ${bytesText(bytes)}; ${kept.length} stay.`,
      ...(rows.length > 0 ? [ending] : []),
    ],
    warnings,
  };
};

/** As programs see it; what a damaged one would have said of itself is null. */
const shown = ({ id, form, path: place, size, description, problem }: StoredBackup): Record<string, unknown> => ({
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
