import path from 'node:path';
import { installSchedule, removeSchedule, type Scheduled, scheduleStatus } from '../../commands/schedule/schedule.ts';
import { minutesOf } from '../../domain/schedule/scheduled_job.ts';
import type { Verb } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, textFlag } from '../command_line/flags.ts';
import { documentOf, type Report } from '../output/report.ts';

export const scheduleInstall: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const config = textFlag(flags, 'config') ?? (environment.CODEX_SYNC_CONFIG || null);
  const minutes = minutesOf(textFlag(flags, 'every') ?? '15m') ?? 15;
  const request = { minutes, config: config === null ? null : path.resolve(config), execute: flags.execute === true };
  const scheduled = installSchedule(home, request, environment);
  const lines = [
    ...scheduled.files.flatMap(({ path: file, text }) => [`${file}:`, ...text.trimEnd().split(/\r?\n/), '']),
    ...endingOf(scheduled, `Scheduled: exchange sync --execute, every ${minutes} minutes.`),
  ];
  return report('schedule_install', home.path, scheduled, lines, { every_minutes: minutes });
};

export const scheduleRemove: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const scheduled = removeSchedule(home, flags.execute === true, environment);
  const lines =
    scheduled.files.length === 0
      ? ['Nothing is scheduled for this Codex home.']
      : [...scheduled.files.map(({ path: file }) => file), ...endingOf(scheduled, 'Removed: nothing runs by itself any more.')];
  return report('schedule_remove', home.path, scheduled, lines, {});
};

function endingOf({ executed, toType, why }: Scheduled, done: string): string[] {
  if (!executed) return ['Dry run: nothing was written. To do it: add --execute'];
  return toType.length === 0 ? [done] : [`The system did not take it (${why}). To do it yourself, run:`, ...toType];
}

function report(kind: string, home: string, scheduled: Scheduled, lines: string[], more: Record<string, unknown>): Report {
  const { kind: scheduler, files, executed, toType, why } = scheduled;
  const mode = executed ? 'executed' : 'dry-run';
  return { document: documentOf(kind, home, { mode, scheduler, files, ...more, to_type: toType, why }), lines };
}

export const status: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const { kind, installed, files, job, problems, last } = scheduleStatus(home, environment);
  return {
    document: documentOf('schedule_status', home.path, {
      scheduler: kind,
      installed,
      files,
      command: job?.words ?? null,
      every_minutes: job?.minutes ?? null,
      last_run: last,
      problems,
    }),
    lines: installed
      ? [
          ...files,
          ...(job ? [`Every ${job.minutes} minutes: ${job.words.join(' ')}`] : []),
          ...(last ? [`Last run: ${last}`] : []),
          ...problems.map((problem) => `Problem: ${problem}`),
        ]
      : ['Nothing is scheduled for this Codex home. To schedule it: schedule install'],
    exitCode: problems.length > 0 ? EXIT.findings : EXIT.done,
  };
};
