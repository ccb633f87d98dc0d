import { relocate as carryOut } from '../../commands/sync/relocate.ts';
import type { Command } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, pathRulesOf, waitFlag } from '../command_line/flags.ts';
import { reportRelocation } from '../reports/report_relocation.ts';

export const relocate: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    id: String(flags.id),
    folder: String(flags.folder),
    userHome: pathRulesOf(flags).userHome,
    execute: flags.execute === true,
    waitSeconds: waitFlag(flags),
  };
  return { report: reportRelocation(home.path, carryOut(home, request, new Date())), exitCode: EXIT.done };
};
