// A systemd user timer and its service (systemd.timer(5), systemd.service(5), systemd.syntax(7)).

import { markOf, type ScheduledJob } from './scheduled_job.ts';

/** Exit codes that are no failure: a decision is waited for, or Codex has a session open. */
const FINE = '2 3';

export const serviceText = (job: ScheduledJob): string =>
  lines([
    `# ${markOf(job)}`,
    '[Unit]',
    'Description=Codex sessions in step with other machines (codex-session-sync)',
    '',
    '[Service]',
    'Type=oneshot',
    `Environment=${quoted(`PATH=${job.path}`)}`,
    `ExecStart=${commandOf(job.words)}`,
    `SuccessExitStatus=${FINE}`,
  ]);

/** The next run begins so long after the last one has ended. */
export const timerText = (job: ScheduledJob): string =>
  lines([
    `# ${markOf(job)}`,
    '[Unit]',
    'Description=Codex sessions in step with other machines, from time to time',
    '',
    '[Timer]',
    'OnStartupSec=1min',
    `OnUnitInactiveSec=${job.minutes}min`,
    '',
    '[Install]',
    'WantedBy=timers.target',
  ]);

const lines = (all: string[]): string => `${all.join('\n')}\n`;

/** systemd takes no program whose path has one of these (252: "contains special characters"), and reads no `$$` in it: a shell starts it then. */
const UNSAFE = /["'\\$]/;
const SHELL = ['/bin/sh', '-c', 'exec "$0" "$@"'];

const commandOf = ([program = '', ...words]: string[]): string =>
  UNSAFE.test(program) ? argumentsOf([...SHELL, program, ...words]) : argumentsOf([program, ...words]);

/** `$` begins a variable. */
const argumentsOf = (words: string[]): string => words.map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ');

/** `%` begins a specifier, within quotation marks as well. */
const quoted = (text: string): string =>
  `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('\n', '\\n')}"`;
