import { examineSidecar } from '../../commands/health/sidecar_health.ts';
import { pruneMappings } from '../../commands/sidecar/prune_mappings.ts';
import { needsRepair } from '../../domain/findings/finding.ts';
import type { Verb } from '../command_line/command.ts';
import { exitCodeOfFindings } from '../command_line/exit_codes.ts';
import { codexHomeOf, executionOf } from '../command_line/flags.ts';
import { findingLines } from '../output/finding_lines.ts';
import { documentOf, endingOf, modeFields } from '../output/report.ts';
import { bytesText, shorten, table } from '../output/text.ts';

export const sidecarHealth: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const { findings, read } = examineSidecar(home);
  const count = findings.filter(needsRepair).length;
  const looked = `${read.sessions} session(s), ${read.mappings} mapping(s) and ${read.transactions} transaction(s) checked, ${bytesText(read.bytes)} of rollouts read`;
  return {
    document: documentOf('sidecar_health', home.path, { healthy: count === 0, read, findings }),
    lines: [...findingLines(findings), `${count === 0 ? 'Healthy' : `${count} finding(s)`}: ${looked}.`],
    exitCode: exitCodeOfFindings(findings),
  };
};

export const pruneInvalidMappings: Verb = (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const pruned = pruneMappings(home, executionOf(flags), new Date());
  const { mappings, warnings } = pruned;
  const rows = mappings.map(({ thread_id, title, reason }) => [thread_id, shorten(title, 32), reason]);
  return {
    document: documentOf('prune', home.path, { ...modeFields(pruned), mappings, warnings }),
    lines:
      rows.length === 0
        ? ['No mapping is invalid.']
        : [
            ...table([['SESSION', 'TITLE', 'REASON'], ...rows]),
            '',
            endingOf(pruned, 'Add --execute to prune.', { isUndone: false }),
          ],
    warnings,
  };
};
