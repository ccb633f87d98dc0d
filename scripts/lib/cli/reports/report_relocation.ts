import type { Relocation } from '../../commands/sync/relocate.ts';
import { type Report, shorten } from '../output/output.ts';

export function reportRelocation(codexHome: string, { mode, session, transactionId, warnings }: Relocation): Report {
  const { thread_id, title, from, to } = session;
  const executed = mode === 'executed' ? { transaction_id: transactionId } : {};
  return {
    document: { kind: 'relocation', schema_version: 1, codex_home: codexHome, mode, ...executed, session, warnings },
    lines: [
      `${thread_id}: ${shorten(title, 60)}`,
      `  works in ${from}`,
      ...(from === to
        ? []
        : [`  moves to ${to}; its sandbox and approvals stay, and write access to its folder moves to the new one`]),
      '',
      outcomeLine(mode, from === to, transactionId),
    ],
    warnings,
  };
}

function outcomeLine(mode: Relocation['mode'], isThere: boolean, transactionId: string | null): string {
  if (isThere) return 'Nothing to do: it already works there.';
  if (mode === 'dry-run') return 'Dry run: nothing was written. Add --execute to move it.';
  return `Done: transaction ${transactionId}. To undo it: rollback --transaction-id ${transactionId}`;
}
