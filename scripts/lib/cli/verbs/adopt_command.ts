import { type AdoptResult, adopt as runAdopt } from '../../commands/adopt/adopt.ts';
import type { Verb } from '../command_line/command.ts';
import { EXIT } from '../command_line/exit_codes.ts';
import { codexHomeOf, executionOf, threadIdsOf } from '../command_line/flags.ts';
import { documentOf, endingOf, modeFields, outcomeText, type Report } from '../output/report.ts';
import { shorten, table } from '../output/text.ts';

export const adopt: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = {
    threadIds: threadIdsOf(flags),
    all: flags.all === true,
    repair: flags.repair === true,
    ...executionOf(flags),
  };
  const result = runAdopt(home, request, new Date());
  return { ...reportAdoption(home.path, result), exitCode: exitCodeOf(result, request.repair && request.execute) };
};

function exitCodeOf({ sessions, findings }: AdoptResult, isRepaired: boolean): number {
  if (sessions.some(({ outcome }) => outcome === 'busy')) return EXIT.busy;
  if (sessions.some(({ outcome }) => outcome === 'refused')) return EXIT.decision;
  return findings.length > 0 && !isRepaired ? EXIT.findings : EXIT.done;
}

function reportAdoption(codexHome: string, result: AdoptResult): Report {
  const { mode, sessions, findings, warnings } = result;
  const rows = sessions.map(({ thread_id, title, outcome, reason }) => [
    thread_id,
    shorten(title, 32),
    outcomeText(mode, outcome),
    reason,
  ]);
  return {
    document: documentOf('adoption', codexHome, { ...modeFields(result), sessions, findings, warnings }),
    lines: [
      ...(rows.length > 0 ? table([['SESSION', 'TITLE', 'OUTCOME', 'REASON'], ...rows]) : ['No session to adopt.']),
      ...findings.flatMap(({ code, where, message, mend }) => [`${code}: ${message}`, `  at: ${where}`, `  mend: ${mend}`]),
      '',
      endingOf(result, 'Add --execute to adopt, --repair to repair the findings.'),
    ],
    warnings,
  };
}
