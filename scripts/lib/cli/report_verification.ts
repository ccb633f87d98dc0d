import type { Verification } from '../commands/verify.ts';
import { type Report, table } from './output.ts';

export function reportVerification(codexHome: string, { checked, findings, codex }: Verification): Report {
  const rows = findings.map(({ thread_id, code, message, where }) => [thread_id, code, message, where]);
  return {
    document: { kind: 'verification', schema_version: 1, codex_home: codexHome, checked, with_codex: codex, findings },
    lines: [
      ...(rows.length > 0 ? [...table([['SESSION', 'FINDING', 'WHAT', 'WHERE'], ...rows]), ''] : []),
      ...findings.flatMap(({ thread_id, hint }) => (hint ? [`Hint for ${thread_id}: ${hint}`] : [])),
      `${checked} synced session(s) checked${codex ? ' on disk and with Codex' : ' on disk'}, ${findings.length} finding(s).`,
    ],
    warnings: [],
  };
}
