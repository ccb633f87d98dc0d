import * as commands from '../../commands/health/verify.ts';
import type { Command } from '../command_line/command.ts';
import { exitCodeOfFindings } from '../command_line/exit_codes.ts';
import { codexHomeOf, textFlag, threadIdsOf } from '../command_line/flags.ts';
import { reportVerification } from '../reports/report_verification.ts';

export const verify: Command = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const result = await commands.verify(home, { threadIds: threadIdsOf(flags), codexBinary: textFlag(flags, 'withCodex') });
  return {
    report: reportVerification(home.path, result),
    exitCode: exitCodeOfFindings(result.findings),
  };
};
