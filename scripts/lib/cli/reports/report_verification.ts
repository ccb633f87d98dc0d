import type { Verification } from '../../commands/health/verify.ts';
import { hasToBeMended } from '../../domain/codes/finding.ts';
import type { Report } from '../output/output.ts';
import { findingLines } from './report_findings.ts';

export function reportVerification(codexHome: string, { checked, findings, codex, warnings }: Verification): Report {
  const count = findings.filter(hasToBeMended).length;
  // `hint` is what `mend` was called before the findings of all commands had one form.
  const listed = findings.map((finding) => ({ ...finding, hint: finding.mend }));
  return {
    document: {
      kind: 'verification',
      schema_version: 1,
      codex_home: codexHome,
      checked,
      with_codex: codex,
      findings: listed,
      warnings,
    },
    lines: [
      ...findingLines(findings),
      `${checked} synced session(s) checked${codex ? ' on disk and with Codex' : ' on disk'}, ${count} finding(s).`,
    ],
    warnings,
  };
}
