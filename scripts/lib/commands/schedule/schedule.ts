// `schedule install|status|remove`: the system runs `exchange sync --execute` from time to time, as long as the user is logged in.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { replaceFile } from '../../adapters/disk/file_writing.ts';
import { makeFolder } from '../../adapters/disk/folders.ts';
import { removeAt } from '../../adapters/disk/removal.ts';
import { isThere } from '../../adapters/paths/entries.ts';
import { runProgram } from '../../adapters/process/system_program.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { jobIn, type ScheduledJob } from '../../domain/schedule/scheduled_job.ts';
import { membershipOf } from '../membership/membership.ts';
import { type Scheduler, schedulerOf } from './schedulers.ts';

type Environment = NodeJS.ProcessEnv;

/** `toType`: what the user has to tell the system, where it did not take it from us; `why`: what it said. */
export type Scheduled = {
  kind: Scheduler['kind'];
  files: { path: string; text: string }[];
  executed: boolean;
  toType: string[];
  why: string | null;
};

const LAUNCHER = fileURLToPath(new URL('../../../codex-session-sync.cjs', import.meta.url));

/** One for each Codex home. */
const nameOf = (home: CodexHome): string =>
  `codex-session-sync-${createHash('sha256').update(home.path).digest('hex').slice(0, 8)}`;

/** `config`: the configuration file that was named; null for that of the user. */
export type InstallRequest = { minutes: number; config: string | null; execute: boolean };

export function installSchedule(home: CodexHome, request: InstallRequest, environment: Environment): Scheduled {
  membershipOf(home);
  const scheduler = schedulerOf(nameOf(home), environment);
  const texts = scheduler.texts(jobOf(home, request, environment));
  const files = [...texts].map(([file, text]) => ({ path: file, text: text.replace('\uFEFF', '') }));
  const scheduled = { kind: scheduler.kind, files, executed: request.execute };
  if (!request.execute) return { ...scheduled, toType: [], why: null };
  for (const [file, text] of texts) {
    makeFolder(path.dirname(file), 'private');
    if (scheduler.encoding === 'utf8') replaceFile(file, text);
    else fs.writeFileSync(file, text, scheduler.encoding);
  }
  // A LaunchAgent that is loaded is not loaded again.
  if (scheduler.kind === 'launchd') tellAll(scheduler.stop);
  return { ...scheduled, ...tellAll(scheduler.start) };
}

function jobOf(home: CodexHome, { minutes, config }: InstallRequest, environment: Environment): ScheduledJob {
  const named = config === null ? [] : ['--config', config];
  const command = ['exchange', 'sync', '--execute', '--quiet', '--codex-home', home.path, ...named];
  const words = [process.execPath, LAUNCHER, ...command];
  const odd = words.find((word) => /[\p{Cc}\uFFFE\uFFFF]/u.test(word));
  if (odd !== undefined)
    throw new SyncError('usage', 'A path with a control character cannot be scheduled.', { where: JSON.stringify(odd) });
  return { name: nameOf(home), words, path: (environment.PATH ?? '').replaceAll('\n', ''), minutes };
}

/** In order; from the first that fails on they are left to the user. */
function tellAll(commands: string[][]): { toType: string[]; why: string | null } {
  for (const [at, [program = '', ...words]] of commands.entries()) {
    const ran = runProgram(program, words);
    if (ran?.isDone) continue;
    return { toType: commands.slice(at).map(typed), why: ran ? ran.said : `${program} is not there` };
  }
  return { toType: [], why: null };
}

const typed = (words: string[]): string => words.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `"${word}"`)).join(' ');

/** `problems`: why the next run fails, or is not what would be installed now. `last`: as the system tells it. */
export type ScheduleStatus = {
  kind: Scheduler['kind'];
  installed: boolean;
  files: string[];
  job: ScheduledJob | null;
  problems: string[];
  last: string | null;
};

export function scheduleStatus(home: CodexHome, environment: Environment): ScheduleStatus {
  const scheduler = schedulerOf(nameOf(home), environment);
  const { kind, files, encoding, last } = scheduler;
  const there = files.filter(isThere);
  const nothing = { kind, files: there, job: null, problems: [], last: null };
  if (there.length === 0) return { ...nothing, installed: false };
  const texts = there.map((file) => fs.readFileSync(file, encoding));
  const job = texts.map(jobIn).find((one) => one !== null) ?? null;
  if (job === null) return { ...nothing, installed: true, problems: ['the file is not one that `schedule install` has written'] };
  const expected = [...scheduler.texts(job).values()];
  const isWhole = expected.length === texts.length && expected.every((text, at) => text === texts[at]);
  const problems = [
    ...problemsOf(job),
    ...(isWhole ? [] : ['a file was changed or is missing; `schedule install --execute` writes it again']),
  ];
  return { kind, installed: true, files: there, job, problems, last: lastRun(last) };
}

function problemsOf({ words }: ScheduledJob): string[] {
  const [node = '', launcher = ''] = words;
  return [...problemsWith('Node', node, process.execPath), ...problemsWith('this skill', launcher, LAUNCHER)];
}

function problemsWith(what: string, scheduled: string, now: string): string[] {
  if (!isThere(scheduled)) return [`${what} is not at ${scheduled} any more; \`schedule install --execute\` names ${now}`];
  return scheduled === now ? [] : [`${what} is scheduled from ${scheduled}, and runs now from ${now}`];
}

function lastRun(ask: string[] | null): string | null {
  const [program = '', ...words] = ask ?? [];
  const ran = program === '' ? null : runProgram(program, words);
  const told = ran?.isDone ? /^ExecMainExitTimestamp=(.+)$/m.exec(ran.said)?.[1] : undefined;
  return told ? `${told}, exit code ${/^ExecMainStatus=(\d+)$/m.exec(ran?.said ?? '')?.[1] ?? '?'}` : null;
}

export function removeSchedule(home: CodexHome, execute: boolean, environment: Environment): Scheduled {
  const { kind, files, stop } = schedulerOf(nameOf(home), environment);
  const there = files.filter(isThere);
  const scheduled = { kind, files: there.map((file) => ({ path: file, text: '' })), executed: execute };
  if (!execute || there.length === 0) return { ...scheduled, toType: [], why: null };
  const told = tellAll(stop);
  for (const file of there) removeAt(file);
  return { ...scheduled, ...told };
}
