// A home before and after: what is compared, and how it is put back.

import fs from 'node:fs';
import { expect } from 'vitest';
import { listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { copyFolder } from '../fixtures/copied_folder.ts';
import type { Machine } from '../fixtures/machine.ts';
import { type Snapshot, snapshot } from '../fixtures/snapshot.ts';

/**
 * Everything but the journals of transactions that are over, whose ids and times are never the same twice, and but what a dead process
 * leaves in nobody's way: lock files, which are empty, and SQLite's journal of a transaction that had changed nothing yet.
 */
export function stateOf(machine: Machine): Snapshot {
  for (const journal of listJournals(machine.codexHome))
    expect(['completed', 'rolled_back']).toContain(journal.readManifest()?.status ?? 'no manifest');
  const found = snapshot(machine.userHome);
  return Object.fromEntries(
    Object.entries(found).filter(([name]) => !/sync-journal|thread-writer-locks\/|\.sqlite-journal$/.test(name)),
  );
}

/** A copy at the same path, since rows hold absolute paths: the machine is put aside and put back. `root`: where the copy lies. */
export function savedCopy(machine: Machine): { root: string; again(): void } {
  const root = `${machine.root}.saved`;
  fs.rmSync(root, { recursive: true, force: true });
  copyFolder(machine.root, root);
  return {
    root,
    again() {
      fs.rmSync(machine.root, { recursive: true });
      copyFolder(root, machine.root);
    },
  };
}
