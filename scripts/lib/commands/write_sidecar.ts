// Writes a derived sidecar in one transaction. One that cannot be read goes to the transaction's backups.

import fs from 'node:fs';
import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { digestFile, statFile } from '../adapters/disk.ts';
import type { JournaledOperation, JournalFolder } from '../adapters/journal_folder.ts';
import type { Operation } from '../domain/operation.ts';
import { forThread } from '../domain/session_changes.ts';
import { Stage } from '../transaction/stage.ts';
import { type Transacted, transact } from '../transaction/transact.ts';
import { spaceForPlan } from './space_needed.ts';

export type SidecarState = 'missing' | 'damaged' | 'readable';
type RowOperation = Extract<Operation, { kind: 'row' }>;
type Written = { how: 'rebuild' | 'replay'; found: SidecarState; operations: RowOperation[]; now: Date };

/** Null where the sidecar says it all already. */
export function writeSidecar(home: CodexHome, { how, found, operations, now }: Written): Transacted | null {
  if (operations.length === 0 && found !== 'damaged') return null;
  const rows = operations.map((operation) => ({ thread_id: threadOf(operation, operations), operation }));
  const file = databaseFile(home, 'sidecar');
  return transact({
    home: home.path,
    now,
    findDatabase: (name) => databaseFile(home, name),
    spaceNeeded: spaceForPlan(rows.map(({ thread_id, operation }) => ({ thread_id, change: { kind: 'operation', operation } }))),
    manifest: {
      command: how === 'rebuild' ? 'rebuild-sidecar' : 'replay-transactions-sidecar',
      plan_digest: '',
      plan_summary: { rows: rows.length },
      package: null,
      rolls_back: null,
      threads: [...new Set(rows.map(({ thread_id }) => thread_id))].map((thread_id) => ({
        thread_id,
        title: '',
        classification: 'sidecar',
        action: how,
      })),
    },
    stage: (journal) => [...putAside(file, found), ...created(file, found, journal), ...rows],
    // Only the sidecar is written: a Codex that has a session open does not mind.
    beforeFirstChange() {},
  });
}

/** With its log, which would be taken for that of the new one. */
function putAside(file: string, found: SidecarState): JournaledOperation[] {
  if (found !== 'damaged') return [];
  return [file, `${file}-wal`, `${file}-shm`, `${file}-journal`].filter(fs.existsSync).map((path, at) => {
    const { size = 0, mtime = 0 } = statFile(path) ?? {};
    const before = { size, mtime, digest: digestFile(path) };
    return { thread_id: null, operation: { kind: 'remove_file', path, kept: `backups/${at}`, before } };
  });
}

function created(file: string, found: SidecarState, journal: JournalFolder): JournaledOperation[] {
  if (found === 'readable') return [];
  const stage = new Stage(journal);
  for (const change of forThread(null, [{ kind: 'create_sidecar', path: file }])) stage.add(change);
  return stage.operations();
}

/** A rollback goes by session; a row of a lineage goes with its first head or source. */
function threadOf({ key, before, after }: RowOperation, all: RowOperation[]): string {
  const row = { ...key, ...before, ...after };
  const own = row.thread_id ?? row.source_thread_id;
  if (own) return String(own);
  const ofLineage = all.find(
    (other) =>
      (other.after ?? other.before)?.lineage_id === row.lineage_id && (other.key.thread_id ?? other.key.source_thread_id),
  );
  return String(ofLineage?.key.thread_id ?? ofLineage?.key.source_thread_id ?? row.lineage_id);
}
