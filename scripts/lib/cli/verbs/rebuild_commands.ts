import { type Derived, deriveSidecar } from '../../commands/sidecar/derive_sidecar.ts';
import type { Verb } from '../command_line/command.ts';
import { codexHomeOf, executionOf } from '../command_line/flags.ts';
import { documentOf, endingOf, modeFields } from '../output/report.ts';

const derive =
  (how: 'rebuild' | 'replay'): Verb =>
  (flags, environment) => {
    const home = codexHomeOf(flags, environment);
    const derived = deriveSidecar(home, { how, ...executionOf(flags) }, new Date());
    const { found, counts, rows, guessed, skipped, warnings } = derived;
    const fields = { ...counts, rows, ...(how === 'rebuild' ? { guessed } : {}), skipped, warnings };
    return {
      document: documentOf(how, home.path, { ...modeFields(derived), sidecar: found, ...fields }),
      lines: linesOf(derived),
      warnings,
    };
  };

export const rebuildSidecar = derive('rebuild');
export const replaySidecar = derive('replay');

function linesOf(derived: Derived): string[] {
  const { mode, found, counts, rows, guessed, skipped } = derived;
  const { lineages, heads, sync_points, tombstones } = counts;
  return [
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
  ];
}

function lastLine(derived: Derived): string {
  const { found, rows, transactionId } = derived;
  const isSame = rows.inserted + rows.changed + rows.removed === 0 && found !== 'damaged';
  if (!transactionId && isSame) return 'Nothing to do: the sidecar is up to date.';
  return endingOf(derived, 'Add --execute to write.', { nothing: 'Nothing was written.', isUndone: false });
}
