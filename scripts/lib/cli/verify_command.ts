import * as commands from '../commands/verify.ts';
import { hasToBeMended } from '../domain/finding.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit_codes.ts';
import { codexHomeOf, textFlag, threadIdsOf } from './flags.ts';
import { reportVerification } from './report_verification.ts';

export const verify: Command = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const result = await commands.verify(home, { threadIds: threadIdsOf(flags), codexBinary: textFlag(flags, 'withCodex') });
  return {
    report: reportVerification(home.path, result),
    exitCode: result.findings.some(hasToBeMended) ? EXIT.findings : EXIT.done,
  };
};
