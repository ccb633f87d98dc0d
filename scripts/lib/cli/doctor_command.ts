import { examine } from '../commands/doctor.ts';
import { hasToBeMended } from '../domain/finding.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit_codes.ts';
import { homePathOf } from './flags.ts';
import { reportExamination } from './report_doctor.ts';

export const doctor: Command = (flags, environment) => {
  const examination = examine(homePathOf(flags, environment), environment, { mayBeNew: flags.newHome === true });
  return {
    report: reportExamination(examination),
    exitCode: examination.findings.some(hasToBeMended) ? EXIT.findings : EXIT.done,
  };
};
