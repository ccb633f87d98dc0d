import type { Examination } from '../../commands/health/doctor.ts';
import { hasToBeMended } from '../../domain/codes/finding.ts';
import { bytesText, type Report, table } from '../output/output.ts';
import { findingLines } from './report_findings.ts';

export function reportExamination({ tool, node, modules, home, findings }: Examination): Report {
  const facts = [
    ['codex-session-sync', tool],
    ['Node', `${node.version} (${node.executable})`],
    ...modules.map(({ name, why_not }) => [name, why_not ?? 'loads']),
    ...(home ? homeFacts(home) : []),
  ];
  const count = findings.filter(hasToBeMended).length;
  return {
    document: {
      kind: 'examination',
      schema_version: 1,
      codex_home: home?.path ?? null,
      tool_version: tool,
      node,
      modules,
      home,
      findings,
    },
    lines: [...table(facts), '', ...findingLines(findings), count === 0 ? 'Ready to sync.' : `${count} finding(s).`],
    warnings: [],
  };
}

function homeFacts({ path, databases, rollouts, free, open_sessions }: NonNullable<Examination['home']>): string[][] {
  const { state } = databases;
  return [
    ['Codex home', path],
    ['databases', `${databases.folder} (chosen by ${databases.chosen_by})`],
    [
      'threads',
      state.threads === null
        ? 'no table'
        : `${state.threads} rows, with the columns of Codex ${state.oldest_codex ?? '?'} or later`,
    ],
    ['rollouts', String(rollouts)],
    ['open in Codex', `${open_sessions.length} session(s)`],
    ['free', free === null ? 'unknown' : bytesText(free)],
  ];
}
