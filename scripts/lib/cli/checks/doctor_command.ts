import { type Examination, examine } from '../../commands/doctor/doctor.ts';
import { needsRepair } from '../../domain/findings/finding.ts';
import type { Verb } from '../command_line/command.ts';
import { exitCodeOfFindings } from '../command_line/exit_codes.ts';
import { homePathOf } from '../command_line/flags.ts';
import { findingLines } from '../output/finding_lines.ts';
import { documentOf } from '../output/report.ts';
import { bytesText, table } from '../output/text.ts';

export const doctor: Verb = (flags, environment) => {
  const codexHome = homePathOf(flags, environment);
  const examination = examine(codexHome, environment, { mayBeNew: flags.newHome === true });
  const { tool: tool_version, node, modules, home, findings } = examination;
  const count = findings.filter(needsRepair).length;
  return {
    document: documentOf('examination', home?.path ?? null, { tool_version, node, modules, home, findings }),
    lines: [
      // No home, or none that can be looked at; the finding says which.
      ...(home ? [] : [`Codex home: ${codexHome}`]),
      ...table(factsOf(examination)),
      '',
      ...findingLines(findings),
      count === 0 ? 'Ready to sync.' : `${count} finding(s).`,
    ],
    exitCode: exitCodeOfFindings(findings),
  };
};

const factsOf = ({ tool, node, modules, home }: Examination): string[][] => [
  ['codex-session-sync', tool],
  ['Node', `${node.version} (${node.executable})`],
  ...modules.map(({ name, why_not }) => [name, why_not ?? 'loads']),
  ...(home ? homeFacts(home) : []),
];

function homeFacts({ path, databases, rollouts, free, open_sessions }: NonNullable<Examination['home']>): string[][] {
  const { folder, chosen_by, state } = databases;
  const columns = `with the columns of Codex ${state.oldest_codex ?? '?'} or later`;
  return [
    ['Codex home', path],
    ['databases', `${folder} (chosen by ${chosen_by})`],
    ['threads', state.threads === null ? 'no table' : `${state.threads} rows, ${columns}`],
    ['rollouts', String(rollouts)],
    ['open in Codex', `${open_sessions.length} session(s)`],
    ['free', free === null ? 'unknown' : bytesText(free)],
  ];
}
