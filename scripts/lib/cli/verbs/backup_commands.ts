import { backupsSeen, type SeenBackup } from '../../commands/backup/backups_of_home.ts';
import { createBackup } from '../../commands/backup/create_backup.ts';
import { pruneBackups } from '../../commands/backup/prune_backups.ts';
import type { BackupForm } from '../../domain/backup/backup.ts';
import type { Retention } from '../../domain/backup/retention.ts';
import type { Flags, Verb } from '../command_line/command.ts';
import { codexHomeOf, daysFlag, executionOf, numberFlag, textFlag } from '../command_line/flags.ts';
import { documentOf } from '../output/report.ts';
import { bytesText, shorten, table, timeText } from '../output/text.ts';
import { folderOf, shown } from './backup_document.ts';

const retentionOf = (flags: Flags): Retention => ({ keep: numberFlag(flags, 'keep'), olderThan: daysFlag(flags, 'olderThan') });

export const create: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const form = (textFlag(flags, 'compression') ?? 'zip') as BackupForm;
  const folder = folderOf(flags, environment);
  const { backup, warnings } = createBackup(home, { folder, form, why: 'by_hand' }, new Date());
  const retention = retentionOf(flags);
  const isRetained = retention.keep === null && retention.olderThan === null;
  const pruned = isRetained ? [] : (await pruneBackups(home, { folder, ...retention, execute: true }, new Date())).pruned;
  const { sessions, bytes } = backup.description;
  return {
    document: documentOf('backup', home.path, { backup: shown(backup), pruned: pruned.map(shown), warnings }),
    lines: [
      `Backup ${backup.id}: ${sessions} session(s), ${bytesText(bytes)}, ${bytesText(backup.size)} on disk`,
      backup.path,
      ...pruned.map(({ id }) => `Dropped: backup ${id}`),
    ],
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

export const prune: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    folder: folderOf(flags, environment),
    ...retentionOf(flags),
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
