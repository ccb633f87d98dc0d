// The sidecar effects of what was done in this home, from the journals, in the order of the commits.

import { isCommitted } from '../../adapters/journal/journal_scan.ts';
import type { SidecarEffect } from '../../domain/sidecar/sidecar_fold.ts';
import type { JournalContents } from '../transactions/journal_contents.ts';

/** Journals of these commands do not count: what they wrote follows from the others, so a wrong rebuild leaves nothing behind. */
export const DERIVED_BY = new Set(['rebuild-sidecar', 'replay-transactions-sidecar']);

export function effectsIn(journals: JournalContents[]): SidecarEffect[] {
  const committed = journals.filter(isCommitted);
  const derived = new Set(
    committed.filter(({ manifest }) => DERIVED_BY.has(manifest.command)).map(({ manifest }) => manifest.transaction_id),
  );
  return committed
    .filter(({ manifest }) => !derived.has(manifest.transaction_id) && !derived.has(manifest.rolls_back ?? ''))
    .sort((one, other) => (one.folder.id < other.folder.id ? -1 : 1))
    .flatMap(({ folder, sidecarRows }) => sidecarRows.map((operation) => ({ transactionId: folder.id, operation })));
}
