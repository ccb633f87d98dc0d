// Runs one command line: the operator's, or the developer's of extension_points.ts.

import { toolVersion } from '../adapters/process/tool_version.ts';
import { hear, isInterrupted, pastInterruption, stopIfInterrupted, wasStopped } from '../adapters/run/interruption.ts';
import { alsoListenToSteps, listenToSteps } from '../adapters/run/trace.ts';
import { Interrupted } from '../domain/codes/errors.ts';
import type { Flags, RunnableCommand } from './command_line/command.ts';
import { readCommandLine } from './command_line/command_line.ts';
import { EXIT } from './command_line/exit_codes.ts';
import { homePathOf, outputOf } from './command_line/flags.ts';
import { helpOfCommand, helpOfTool } from './command_line/help.ts';
import { withSettings } from './command_line/settings.ts';
import { COMMANDS } from './command_table.ts';
import { asksForJson, fail, isLoadFailure } from './fail.ts';
import { print, printLines, printStep } from './output/output.ts';
import { openRunLog } from './run_log.ts';

type Tool = { name: string; commands: RunnableCommand[] };

const OPERATOR: Tool = { name: 'codex-session-sync', commands: COMMANDS };

/** As the launcher's thread knows them (unready.cjs). */
const DOCTOR_NAMES = ['doctor', 'preflight'];

/** Of the processor, in microseconds: many times what a small command takes. */
const SHORT = 300_000;

/**
 * Runs a command in the thread that hears signals, and hears none while it works: a signal simply ends it. So null, with nothing printed,
 * where it would write, or takes longer: then it is to be run in a thread of its own. To start one takes longer than most commands.
 */
export async function runShort(words: string[], environment: NodeJS.ProcessEnv): Promise<number | null> {
  hear(() => {
    const { user, system } = process.cpuUsage();
    return user + system > SHORT;
  });
  return await attempt(words, environment, { tool: OPERATOR, isShort: true });
}

/** Answers with the exit code. */
export const run = async (words: string[], environment: NodeJS.ProcessEnv, tool = OPERATOR): Promise<number> =>
  (await attempt(words, environment, { tool, isShort: false })) ?? EXIT.done;

type Way = { tool: Tool; isShort: boolean };

async function attempt(words: string[], environment: NodeJS.ProcessEnv, { tool, isShort }: Way): Promise<number | null> {
  listenToSteps(environment.CODEX_SYNC_DEBUG === '1' ? printStep : null);
  let codexHome: string | null = null;
  try {
    const { command, group, flags, asks } = readCommandLine(words, tool.commands);
    if (asks === 'version') printLines([toolVersion()]);
    else if (asks === 'help' || !command)
      printLines(command ? helpOfCommand(tool.name, command) : helpOfTool(tool.name, tool.commands, group));
    else {
      if (isShort && isWriting(command, flags)) return null;
      const settled = withSettings(flags, command, environment);
      if (!command.ignoresConfig) codexHome = homePathOf(settled, environment);
      return await carryOut(command, { given: flags, flags: settled }, environment, isShort);
    }
    return EXIT.done;
  } catch (error) {
    if (isShort && isGivenUp(error)) return null;
    // The launcher's thread has a doctor that needs no dependency.
    if (isLoadFailure(error) && DOCTOR_NAMES.some((name) => words.includes(name))) throw error;
    return fail(error, { json: asksForJson(words), codexHome });
  }
}

/** A run that is given up leaves no line in the log. */
async function carryOut(
  command: RunnableCommand,
  { given, flags }: { given: Flags; flags: Flags },
  environment: NodeJS.ProcessEnv,
  isShort: boolean,
): Promise<number> {
  const log = await openRunLog({ command: command.name, given, flags, isHeld: isShort }, environment);
  if (log) alsoListenToSteps((step) => log.step(step));
  try {
    const verb = await command.find();
    const report = await verb(flags, environment);
    if (isShort && wasStopped()) throw new Interrupted();
    if (isShort) pastInterruption();
    stopIfInterrupted();
    const exitCode = report.exitCode ?? EXIT.done;
    log?.finished(report, exitCode);
    await print(report, outputOf(flags));
    return exitCode;
  } catch (error) {
    if (!(isShort && isGivenUp(error))) log?.failed(error);
    throw error;
  }
}

/** Whatever is thrown once its time is over: who unwinds may have put an error of its own in place of the interruption. */
const isGivenUp = (error: unknown): boolean => error instanceof Interrupted || isInterrupted() || wasStopped();

const isWriting = ({ writes, flags: known }: RunnableCommand, flags: Flags): boolean =>
  writes !== undefined && (flags.execute === true || !known.some(({ name }) => name === 'execute'));
