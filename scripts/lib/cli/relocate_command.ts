import { relocate as carryOut } from '../commands/relocate.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit_codes.ts';
import { codexHomeOf, pathRulesOf, waitFlag } from './flags.ts';
import { reportRelocation } from './report_relocation.ts';

export const relocate: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    id: String(flags.id),
    folder: String(flags.folder),
    userHome: pathRulesOf(flags).userHome,
    execute: flags.execute === true,
    waitSeconds: waitFlag(flags),
  };
  return { report: reportRelocation(home.path, carryOut(home, request, environment, new Date())), exitCode: EXIT.done };
};
