import { examine } from '../../commands/health/doctor.ts';
import { hasToBeMended } from '../../domain/findings/finding.ts';
import type { Command } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { homePathOf } from '../command_line/flags.ts';
import { reportExamination } from '../reports/report_doctor.ts';

export const doctor: Command = (flags, environment) => {
  const examination = examine(homePathOf(flags, environment), environment, { mayBeNew: flags.newHome === true });
  return {
    report: reportExamination(examination),
    exitCode: examination.findings.some(hasToBeMended) ? EXIT.findings : EXIT.done,
  };
};
