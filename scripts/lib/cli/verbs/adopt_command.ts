import { type AdoptResult, adopt as runAdopt } from '../../commands/adopt/adopt.ts';
import type { Finding } from '../../domain/findings/finding.ts';
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
  const isRepaired = repairedBy(result, request.repair && request.execute);
  return { ...reportAdoption(home.path, result, isRepaired), exitCode: exitCodeOf(result, isRepaired) };
};

/** A finding that this run has repaired is open no more. Some have no repair here, and a session that is busy or refused gets none. */
function repairedBy({ sessions }: AdoptResult, repairs: boolean): (finding: Finding) => boolean {
  const untouched = new Set(sessions.filter(({ outcome }) => UNTOUCHED.has(outcome)).map(({ thread_id }) => thread_id));
  return ({ mend, thread_id }) => repairs && mend?.includes('--repair') === true && !(thread_id && untouched.has(thread_id));
}

const UNTOUCHED: ReadonlySet<string> = new Set(['busy', 'refused']);

function exitCodeOf({ sessions, findings }: AdoptResult, isRepaired: (finding: Finding) => boolean): number {
  if (sessions.some(({ outcome }) => outcome === 'busy')) return EXIT.busy;
  if (sessions.some(({ outcome }) => outcome === 'refused')) return EXIT.decision;
  return findings.every(isRepaired) ? EXIT.done : EXIT.findings;
}

function reportAdoption(codexHome: string, result: AdoptResult, isRepaired: (finding: Finding) => boolean): Report {
  const { mode, sessions, findings, warnings } = result;
  const rows = sessions.map(({ thread_id, title, outcome, reason }) => [
    thread_id,
    shorten(title, 32),
    outcomeText(mode, outcome),
    reason,
  ]);
  return {
    document: documentOf('adoption', codexHome, {
      ...modeFields(result),
      sessions,
      findings: findings.map((finding) => ({ ...finding, repaired: isRepaired(finding) })),
      warnings,
    }),
    lines: [
      ...(rows.length > 0 ? table([['SESSION', 'TITLE', 'OUTCOME', 'REASON'], ...rows]) : ['No session to adopt.']),
      ...findings.flatMap((finding) => linesOf(finding, isRepaired(finding))),
      '',
      endingOf(result, 'Add --execute to adopt, --repair to repair the findings.'),
    ],
    warnings,
  };
}

const linesOf = ({ code, where, message, mend }: Finding, isRepaired: boolean): string[] => [
  `${isRepaired ? 'repaired: ' : ''}${code}: ${message}`,
  `  at: ${where}`,
  ...(isRepaired ? [] : [`  mend: ${mend}`]),
];
