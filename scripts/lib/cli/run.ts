// Runs one command line: the operator's, or the developer's of extension_points.ts.

import { toolVersion } from '../adapters/process/tool_version.ts';
import { stopIfInterrupted } from '../adapters/run/interruption.ts';
import { listenToSteps } from '../adapters/run/trace.ts';
import type { RunnableCommand } from './command_line/command.ts';
import { readCommandLine } from './command_line/command_line.ts';
import { EXIT } from './command_line/exit_codes.ts';
import { outputOf } from './command_line/flags.ts';
import { helpOfCommand, helpOfTool } from './command_line/help.ts';
import { withSettings } from './command_line/settings.ts';
import { COMMANDS } from './command_table.ts';
import { asksForJson, fail, isLoadFailure } from './fail.ts';
import { print, printLines, printStep } from './output/output.ts';

type Tool = { name: string; commands: RunnableCommand[] };

const OPERATOR: Tool = { name: 'codex-session-sync', commands: COMMANDS };

/** As the launcher's thread knows them (unready.cjs). */
const DOCTOR_NAMES = ['doctor', 'preflight'];

/** Answers with the exit code. */
export async function run(words: string[], environment: NodeJS.ProcessEnv, tool: Tool = OPERATOR): Promise<number> {
  listenToSteps(environment.CODEX_SYNC_DEBUG === '1' ? printStep : null);
  try {
    const { command, group, flags, asks } = readCommandLine(words, tool.commands);
    if (asks === 'version') printLines([toolVersion()]);
    else if (asks === 'help' || !command)
      printLines(command ? helpOfCommand(tool.name, command) : helpOfTool(tool.name, tool.commands, group));
    else {
      const verb = await command.find();
      const report = await verb(withSettings(flags, command, environment), environment);
      stopIfInterrupted();
      await print(report, outputOf(flags));
      return report.exitCode ?? EXIT.done;
    }
    return EXIT.done;
  } catch (error) {
    // The launcher's thread has a doctor that needs no dependency.
    if (isLoadFailure(error) && DOCTOR_NAMES.some((name) => words.includes(name))) throw error;
    return fail(error, { json: asksForJson(words) });
  }
}
