// The transaction of commands that write the sidecar and nothing else. One that cannot be read goes to the transaction's backups.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import type { JournalManifest } from '../../adapters/journal/journal_folder.ts';
import type { RowOperation } from '../../domain/operation/operation.ts';
import type { PlannedChange } from '../../domain/plan/plan.ts';
import { newSidecar } from '../../planning/changes/sidecar_update.ts';
import { requestFor } from '../../transaction/change_request.ts';
import type { TransactionRequest } from '../../transaction/transact.ts';

export type SidecarState = 'missing' | 'damaged' | 'readable';
type ListedThread = JournalManifest['threads'][number];

/** `describe`: how the journal lists a session that rows are about. */
type Written = {
  command: string;
  found: SidecarState;
  operations: RowOperation[];
  describe(thread_id: string): Omit<ListedThread, 'thread_id'>;
};

/** Null where the sidecar says it all already. */
export function sidecarRequest(home: CodexHome, { command, found, operations, describe }: Written): TransactionRequest | null {
  const firstOfLineage = firstByLineage(operations);
  const rows = operations.map(
    (operation): PlannedChange => ({ thread_id: threadOf(operation, firstOfLineage), change: { kind: 'operation', operation } }),
  );
  const isMade = found === 'damaged' || (found === 'missing' && rows.length > 0);
  const made = isMade ? newSidecar(home) : [];
  const threads = [...new Set(rows.map(({ thread_id }) => String(thread_id)))];
  return requestFor(home, [...made, ...rows], {
    command,
    plan_summary: { rows: rows.length },
    threads: threads.map((thread_id) => ({ thread_id, ...describe(thread_id) })),
  });
}

/** A rollback goes by session; a row of a lineage goes with its first head or source. */
function threadOf({ key, before, after }: RowOperation, firstOfLineage: ReadonlyMap<unknown, string>): string {
  const row = { ...key, ...before, ...after };
  const own = row.thread_id ?? row.source_thread_id;
  return own ? String(own) : (firstOfLineage.get(row.lineage_id) ?? String(row.lineage_id));
}

/** The first head or source of each lineage. */
function firstByLineage(operations: RowOperation[]): Map<unknown, string> {
  const first = new Map<unknown, string>();
  for (const { key, before, after } of operations) {
    const [lineage, own] = [(after ?? before)?.lineage_id, key.thread_id ?? key.source_thread_id];
    if (own && !first.has(lineage)) first.set(lineage, String(own));
  }
  return first;
}
