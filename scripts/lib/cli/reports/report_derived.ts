import type { Derived } from '../../commands/sidecar/derive_sidecar.ts';
import type { Report } from '../output/output.ts';

export function reportDerived(codexHome: string, how: 'rebuild' | 'replay', derived: Derived): Report {
  const { mode, found, counts, rows, guessed, skipped, transactionId, warnings } = derived;
  const executed = mode === 'executed' ? { transaction_id: transactionId } : {};
  const { lineages, heads, sync_points, tombstones } = counts;
  return {
    document: {
      kind: how,
      schema_version: 1,
      codex_home: codexHome,
      mode,
      ...executed,
      sidecar: found,
      ...counts,
      rows,
      ...(how === 'rebuild' ? { guessed } : {}),
      skipped,
      warnings,
    },
    lines: [
      `The existing sidecar is ${found}.`,
      `${lineages} lineage(s), ${heads} head(s), ${sync_points} sync point(s), ${tombstones} tombstone(s).`,
      `Rows${mode === 'dry-run' ? ' to be written' : ''}: ${rows.inserted} inserted, ${rows.changed} changed, ${rows.removed} removed.`,
      ...guessed.map(
        ({ lineage_id, thread_ids }) => `guessed, not written: ${thread_ids.join(', ')} may belong to lineage ${lineage_id}`,
      ),
      ...skipped.map(
        ({ transaction_id, thread_id, reason }) =>
          `skipped (${reason}): session ${thread_id}${transaction_id ? `, transaction ${transaction_id}` : ''}`,
      ),
      '',
      lastLine(derived),
    ],
    warnings,
  };
}

function lastLine({ mode, found, rows, transactionId }: Derived): string {
  if (transactionId) return `Done: transaction ${transactionId}.`;
  const isSame = rows.inserted + rows.changed + rows.removed === 0 && found !== 'damaged';
  if (isSame) return 'Nothing to do: the sidecar is up to date.';
  return mode === 'dry-run' ? 'Dry run: nothing was written. Add --execute to write.' : 'Nothing was written.';
}
