// The transaction of commands that write the sidecar and nothing else. One that cannot be read goes to the transaction's backups.

import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import type { JournaledOperation, JournalFolder, JournalManifest } from '../../adapters/journal/journal_folder.ts';
import type { RowOperation } from '../../domain/operation/operation.ts';
import { digestPlan, type PlannedChange } from '../../domain/plan/plan.ts';
import { forThread } from '../../domain/plan/session_changes.ts';
import { spaceForPlan } from '../../transaction/space_needed.ts';
import { stageAll } from '../../transaction/stage.ts';
import { type Transacted, transact } from '../../transaction/transact.ts';

export type SidecarState = 'missing' | 'damaged' | 'readable';
type ListedThread = JournalManifest['threads'][number];

/** `describe`: how the journal lists a session that rows are about. */
type Written = {
  command: string;
  found: SidecarState;
  operations: RowOperation[];
  now: Date;
  describe(thread_id: string): Omit<ListedThread, 'thread_id'>;
};

/** Null where the sidecar says it all already. */
export function writeSidecar(home: CodexHome, { command, found, operations, now, describe }: Written): Transacted | null {
  if (operations.length === 0 && found !== 'damaged') return null;
  const firstOfLineage = firstByLineage(operations);
  const rows = operations.map((operation) => ({ thread_id: threadOf(operation, firstOfLineage), operation }));
  const changes = rows.map(
    ({ thread_id, operation }): PlannedChange => ({ thread_id, change: { kind: 'operation', operation } }),
  );
  const threads = [...new Set(rows.map(({ thread_id }) => thread_id))];
  const file = databaseFile(home, 'sidecar');
  return transact({
    home: home.path,
    now,
    findDatabase: (name) => databaseFile(home, name),
    spaceNeeded: spaceForPlan(home, changes),
    manifest: {
      command,
      plan_digest: digestPlan({ changes }, ''),
      plan_summary: { rows: rows.length },
      package: null,
      rolls_back: null,
      threads: threads.map((thread_id) => ({ thread_id, ...describe(thread_id) })),
    },
    stage: (journal) => [...created(file, found, journal), ...rows],
    // Only the sidecar is written: a Codex that has a session open does not mind.
    beforeFirstChange() {},
  });
}

function created(file: string, found: SidecarState, journal: JournalFolder): JournaledOperation[] {
  return found === 'readable' ? [] : stageAll(forThread(null, [{ kind: 'create_sidecar', path: file }]), journal);
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
