import { examine } from '../../commands/health/doctor.ts';
import type { Command } from '../command_line/command.ts';
import { exitCodeOfFindings } from '../command_line/exit_codes.ts';
import { homePathOf } from '../command_line/flags.ts';
import { reportExamination } from '../reports/report_doctor.ts';

export const doctor: Command = (flags, environment) => {
  const examination = examine(homePathOf(flags, environment), environment, { mayBeNew: flags.newHome === true });
  return {
    report: reportExamination(examination),
    exitCode: exitCodeOfFindings(examination.findings),
  };
};
