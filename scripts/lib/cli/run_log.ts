// The log of one run: what was asked for, what became of each session by its id, what was found, how it ended. Nothing is logged unless a folder is
// named: a tool that writes only where it is asked keeps no log of its own accord.

import os from 'node:os';
import path from 'node:path';
import type { LogFolder, LogRules } from '../adapters/logging/log_folder.ts';
import { isBelowFolder, localSpelling } from '../adapters/paths/local_paths.ts';
import { toolVersion } from '../adapters/process/tool_version.ts';
import { SyncError } from '../domain/codes/errors.ts';
import { machinePart } from '../domain/logging/log_name.ts';
import type { Flags } from './command_line/command.ts';
import { homePathOf, textFlag } from './command_line/flags.ts';
import { settingOf } from './command_line/settings.ts';
import { failureOf } from './fail.ts';
import { isLogged, type LogFields, type LogFormat, type LogLevel, logLine } from './output/log_line.ts';
import { printWarning } from './output/output.ts';
import type { Report } from './output/report.ts';
import { loggedOf } from './output/report_log.ts';

/** `given`: without what the configuration adds. `isHeld`: the run may yet be given up and begun again, so nothing is written before its end. */
type Run = { command: string; given: Flags; flags: Flags; isHeld: boolean };

/** Null where none is wanted. */
export async function openRunLog(run: Run, environment: NodeJS.ProcessEnv): Promise<RunLog | null> {
  const rules = rulesOf(run, environment);
  if (!rules) return null;
  const { LogFolder: Folder } = await import('../adapters/logging/log_folder.ts');
  const log = new RunLog(() => new Folder(rules, new Date()), run);
  log.write('info', 'command_started', {
    version: toolVersion(),
    codex_home: homePathOf(run.flags, environment),
    flags: Object.keys(run.given).join(' '),
  });
  return log;
}

function rulesOf({ given, flags }: Run, environment: NodeJS.ProcessEnv): LogRules | null {
  const named = textFlag(flags, 'logFolder');
  if (named === null) {
    if (!given.logLevel && !given.logFormat) return null;
    throw new SyncError(
      'usage',
      '--log-level and --log-format need --log-folder, or `folder` in `[logging]` of the configuration.',
    );
  }
  const folder = localSpelling(named);
  if (isBelowFolder(homePathOf(flags, environment), path.join(folder, 'x')))
    throw new SyncError('usage', 'The log cannot lie in the Codex home.', {
      where: folder,
      hint: 'name another folder with --log-folder',
    });
  return {
    folder,
    machine: machinePart(os.hostname()),
    maxBytes: settingOf<number>(flags, 'logging.max_size_mb') * 1_000_000,
    keepDays: settingOf<number>(flags, 'logging.keep_days'),
    old: settingOf<'zip' | 'plain'>(flags, 'logging.old'),
  };
}

export class RunLog {
  readonly #run: Run;
  readonly #began = performance.now();
  readonly #least: LogLevel;
  readonly #format: LogFormat;
  readonly #make: () => LogFolder;
  #folder: LogFolder | null = null;
  #held: [line: string, time: Date][] = [];
  #isHeld: boolean;
  #isOff = false;

  constructor(make: () => LogFolder, run: Run) {
    this.#make = make;
    this.#run = run;
    this.#isHeld = run.isHeld;
    this.#least = (textFlag(run.flags, 'logLevel') ?? 'info') as LogLevel;
    this.#format = (textFlag(run.flags, 'logFormat') ?? 'text') as LogFormat;
  }

  write(level: LogLevel, event: string, fields: LogFields): void {
    if (!isLogged(level, this.#least)) return;
    const time = new Date();
    const own = { command: this.#run.command, pid: process.pid };
    const line = logLine({ time, level, event, fields: { ...own, ...fields } }, this.#format);
    if (this.#isHeld) this.#held.push([line, time]);
    else this.#put(line, time);
  }

  step(step: string): void {
    const at = step.indexOf(': ');
    this.write('debug', 'step', { step: step.slice(0, at), what: step.slice(at + 2) });
  }

  finished(report: Report, exitCode: number): void {
    for (const { level, event, fields } of loggedOf(report)) this.write(level, event, fields);
    this.#end(exitCode === 0 ? 'info' : 'warning', 'command_finished', { exit_code: exitCode });
  }

  /** Its code and its place; a message may quote what somebody else has written. */
  failed(error: unknown): void {
    const { code, where = null, frames = [] } = failureOf(error);
    this.#end('error', 'command_failed', {
      code,
      where,
      ...(frames.length > 0 ? { frames: frames.map((one) => one.trim()).join(' | ') } : {}),
    });
  }

  #end(level: LogLevel, event: string, fields: LogFields): void {
    this.write(level, event, { ...fields, milliseconds: Math.round(performance.now() - this.#began) });
    this.#isHeld = false;
    for (const [line, time] of this.#held) this.#put(line, time);
    this.#folder?.close();
  }

  /** A log that cannot be written is no reason to stop a sync. */
  #put(line: string, time: Date): void {
    if (this.#isOff) return;
    try {
      this.#folder ??= this.#make();
      this.#folder.write(line, time);
    } catch (error) {
      this.#isOff = true;
      printWarning(`The log cannot be written: ${(error as Error).message}`);
    }
  }
}
