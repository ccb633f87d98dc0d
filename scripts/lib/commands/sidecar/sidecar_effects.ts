// The sidecar effects of what was done here, from the journals, in the order of the commits.

import type { SidecarEffect } from '../../domain/sidecar/sidecar_fold.ts';
import type { ScannedJournal } from '../transactions/journal_scan.ts';

/** Their rows follow from the others, so a rebuild that was wrong for a time leaves nothing behind. */
export const DERIVED_BY = new Set(['rebuild-sidecar', 'replay-transactions-sidecar']);

export function effectsIn(journals: ScannedJournal[]): SidecarEffect[] {
  const committed = journals.flatMap(({ manifest, state, sidecarRows }) =>
    manifest && (state === 'standing' || state === 'rolled_back') ? [{ manifest, sidecarRows }] : [],
  );
  const derived = new Set(
    committed.filter(({ manifest }) => DERIVED_BY.has(manifest.command)).map(({ manifest }) => manifest.transaction_id),
  );
  return committed
    .filter(({ manifest }) => !derived.has(manifest.transaction_id) && !derived.has(manifest.rolls_back ?? ''))
    .sort((one, other) => (one.manifest.transaction_id < other.manifest.transaction_id ? -1 : 1))
    .flatMap(({ manifest: { transaction_id }, sidecarRows }) =>
      sidecarRows.map((operation) => ({ transactionId: transaction_id, operation })),
    );
}
