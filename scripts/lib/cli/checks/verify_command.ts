import { verify as check } from '../../commands/health/verify.ts';
import { needsRepair } from '../../domain/findings/finding.ts';
import type { Verb } from '../command_line/command.ts';
import { exitCodeOfFindings } from '../command_line/exit_codes.ts';
import { codexHomeOf, textFlag, threadIdsOf } from '../command_line/flags.ts';
import { findingLines } from '../output/finding_lines.ts';
import { documentOf } from '../output/report.ts';

export const verify: Verb = async (flags, environment) => {
  const home = codexHomeOf(flags, environment);
  const request = { threadIds: threadIdsOf(flags), codexBinary: textFlag(flags, 'withCodex') };
  const { checked, findings, codex, warnings } = await check(home, request);
  const count = findings.filter(needsRepair).length;
  // `hint` is what `mend` was called before the findings of all commands had one form.
  const listed = findings.map((finding) => ({ ...finding, hint: finding.mend }));
  return {
    document: documentOf('verification', home.path, { checked, with_codex: codex, findings: listed, warnings }),
    lines: [
      ...findingLines(findings),
      `${checked} synced session(s) checked${codex ? ' on disk and with Codex' : ' on disk'}, ${count} finding(s).`,
    ],
    warnings,
    exitCode: exitCodeOfFindings(findings),
  };
};
