import { adopt as carryOut } from '../../commands/adopt/adopt.ts';
import type { Command } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, threadIdsOf, waitFlag } from '../command_line/flags.ts';
import { reportAdoption } from '../reports/report_adopt.ts';

export const adopt: Command = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    threadIds: threadIdsOf(flags),
    all: flags.all === true,
    repair: flags.repair === true,
    execute: flags.execute === true,
    waitSeconds: waitFlag(flags),
  };
  const result = carryOut(home, request, new Date());
  const some = (outcome: string): boolean => result.sessions.some((session) => session.outcome === outcome);
  const isMended = request.repair && request.execute;
  const exitCode = some('busy') ? EXIT.busy : some('refused') ? EXIT.decision : EXIT.done;
  return {
    report: reportAdoption(home.path, result),
    exitCode: exitCode === EXIT.done && result.findings.length > 0 && !isMended ? EXIT.findings : exitCode,
  };
};
