import * as commands from '../commands/packup.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit_codes.ts';
import { codexHomeOf, textFlag, threadIdsOf } from './flags.ts';
import { reportPackup } from './report_packup.ts';

export const packup: Command = (flags, environment) => {
  const selection = { cwdFilter: textFlag(flags, 'cwdFilter'), threadIds: threadIdsOf(flags), all: flags.all === true };
  const home = codexHomeOf(flags, environment);
  const result = commands.packup(home, selection, String(flags.output), new Date());
  return { report: reportPackup(home.path, result), exitCode: EXIT.done };
};
