// The sidecar effects of what was done here, from the journals, in the order of the commits.

import type { CodexHome } from '../adapters/codex_home.ts';
import { isHot, type JournalFolder, type JournalManifest, listJournals } from '../adapters/journal_folder.ts';
import type { SidecarEffect } from '../domain/sidecar_fold.ts';

/** Their rows follow from the others, so a rebuild that was wrong for a time leaves nothing behind. */
export const DERIVED_BY = new Set(['rebuild-sidecar', 'replay-transactions-sidecar']);

export function readEffects(home: CodexHome): SidecarEffect[] {
  const journals = listJournals(home.path).flatMap((folder) => {
    const manifest = folder.readManifest();
    return manifest && !isHot(manifest) ? [{ folder, manifest }] : [];
  });
  const derived = new Set(
    journals.filter(({ manifest }) => DERIVED_BY.has(manifest.command)).map(({ manifest }) => manifest.transaction_id),
  );
  return journals
    .filter(({ manifest }) => !derived.has(manifest.transaction_id) && !derived.has(manifest.rolls_back ?? ''))
    .sort((one, other) => (orderOf(one.manifest) < orderOf(other.manifest) ? -1 : 1))
    .flatMap(({ folder, manifest }) => effectsOf(folder, manifest));
}

/** An id tells when a run began; it may then have waited for another one. */
const orderOf = ({ completed_at, created_at, transaction_id }: JournalManifest): string =>
  `${completed_at ?? created_at} ${transaction_id}`;

const effectsOf = (folder: JournalFolder, { transaction_id }: JournalManifest): SidecarEffect[] =>
  folder
    .readOperations()
    .flatMap(({ operation }) =>
      operation.kind === 'row' && operation.database === 'sidecar' ? [{ transactionId: transaction_id, operation }] : [],
    );
