// Runs one command line of the operator's commands.

import { stopIfInterrupted } from '../adapters/disk/interruption.ts';
import { toolVersion } from '../adapters/process/tool_version.ts';
import { listenToSteps } from '../adapters/process/trace.ts';
import { type Flags, readCommandLine } from './command_line/command_line.ts';
import { EXIT } from './command_line/exit_codes.ts';
import { outputOf } from './command_line/flags.ts';
import { helpOfCommand, helpOfTool } from './command_line/help.ts';
import { COMMANDS } from './command_table.ts';
import { asksForJson, fail, isLoadFailure } from './fail.ts';
import { print, printLines, printStep } from './output/output.ts';

const TOOL = 'codex-session-sync';

/** Answers with the exit code. */
export async function run(words: string[], environment: NodeJS.ProcessEnv): Promise<number> {
  if (environment.CODEX_SYNC_DEBUG === '1') listenToSteps(printStep);
  try {
    const { command, flags, asks } = readCommandLine(words, COMMANDS);
    if (asks === 'version') printLines([toolVersion()]);
    else if (asks === 'help' || !command) printLines(command ? helpOfCommand(TOOL, command) : helpOfTool(TOOL, COMMANDS));
    else return await carryOut(command, flags, environment);
    return EXIT.done;
  } catch (error) {
    // The launcher's thread has a doctor that needs no dependency.
    if (isLoadFailure(error) && words.includes('doctor')) throw error;
    return fail(error, { json: asksForJson(words) });
  }
}

async function carryOut(command: (typeof COMMANDS)[number], flags: Flags, environment: NodeJS.ProcessEnv): Promise<number> {
  const { report, exitCode } = await command.find()(flags, environment);
  stopIfInterrupted();
  print(report, outputOf(flags));
  return exitCode;
}
