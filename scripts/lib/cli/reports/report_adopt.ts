import type { AdoptResult } from '../../commands/adopt/adopt.ts';
import { outcomeText, type Report, shorten, table } from '../output/output.ts';

export function reportAdoption(codexHome: string, result: AdoptResult): Report {
  const { mode, sessions, findings, transactionId, warnings } = result;
  const executed = mode === 'executed' ? { transaction_id: transactionId } : {};
  const rows = sessions.map(({ thread_id, title, outcome, reason }) => [
    thread_id,
    shorten(title, 32),
    outcomeText(mode, outcome),
    reason,
  ]);
  return {
    document: { kind: 'adoption', schema_version: 1, codex_home: codexHome, mode, ...executed, sessions, findings, warnings },
    lines: [
      ...(rows.length > 0 ? table([['SESSION', 'TITLE', 'OUTCOME', 'REASON'], ...rows]) : ['No session to adopt.']),
      ...findings.flatMap(({ code, where, message, mend }) => [`${code}: ${message}`, `  at: ${where}`, `  mend: ${mend}`]),
      '',
      outcomeLine(mode, transactionId),
    ],
    warnings,
  };
}

function outcomeLine(mode: AdoptResult['mode'], transactionId: string | null): string {
  if (mode === 'dry-run') return 'Dry run: nothing was written. Add --execute to adopt, --repair to repair the findings.';
  return transactionId
    ? `Done: transaction ${transactionId}. To undo it: rollback --transaction-id ${transactionId}`
    : 'Nothing to do: nothing was written.';
}
