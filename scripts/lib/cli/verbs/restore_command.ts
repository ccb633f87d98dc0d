import { restoreBackup } from '../../commands/backup/restore_backup.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Flags, Verb } from '../command_line/command.ts';
import { codexHomeOf, executionOf, syncOptionsOf, textFlag } from '../command_line/flags.ts';
import { timeText } from '../output/text.ts';
import { reportSync } from '../sync_report/report_sync.ts';
import { folderOf, shown } from './backup_document.ts';

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
      includePins: true,
      expectPlan: textFlag(flags, 'expectPlan'),
      folder: folderOf(flags, environment),
      from: textFlag(flags, 'from'),
    },
    new Date(),
  );
  const report = reportSync(result, 'backup restore …');
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
      hint: 'restore it to this home; `exchange push` then publishes what came back, and no other machine loses anything',
    });
  if (flags.dryRun === true && flags.execute === true) throw new SyncError('usage', 'Give --execute or --dry-run, not both.');
}
