// Runs one command line of the operator's commands.

import { stopIfInterrupted } from '../adapters/interruption.ts';
import { toolVersion } from '../adapters/tool_version.ts';
import { type Flags, readCommandLine } from './command_line.ts';
import { COMMANDS } from './command_table.ts';
import { EXIT } from './exit_codes.ts';
import { asksForJson, fail, isLoadFailure } from './fail.ts';
import { outputOf } from './flags.ts';
import { helpOfCommand, helpOfTool } from './help.ts';
import { print, printLines } from './output.ts';

const TOOL = 'codex-session-sync';

/** Answers with the exit code. */
export async function run(words: string[], environment: NodeJS.ProcessEnv): Promise<number> {
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
