import * as commands from '../../commands/packup/packup.ts';
import type { Command } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, textFlag, threadIdsOf } from '../command_line/flags.ts';
import { reportPackup } from '../reports/report_packup.ts';

export const packup: Command = (flags, environment) => {
  const selection = { cwdFilter: textFlag(flags, 'cwdFilter'), threadIds: threadIdsOf(flags), all: flags.all === true };
  const home = codexHomeOf(flags, environment);
  const result = commands.packup(home, selection, String(flags.output), new Date());
  return { report: reportPackup(home.path, result), exitCode: EXIT.done };
};
