// A home before and after: what is compared, and how it is put back.

import fs from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { Machine } from '../fixtures/machine.ts';
import { type Snapshot, snapshot } from '../fixtures/snapshot.ts';

/**
 * Everything but the journals of transactions that are over, whose ids and times are never the same twice, and but lock files: one that a
 * dead process leaves is empty and in nobody's way.
 */
export function stateOf(machine: Machine): Snapshot {
  const root = path.join(machine.codexHome, 'sync-journal');
  for (const name of fs.existsSync(root) ? fs.readdirSync(root) : []) {
    const manifest = path.join(root, name, 'manifest.json');
    const status = fs.existsSync(manifest)
      ? (JSON.parse(fs.readFileSync(manifest, 'utf8')) as { status: string }).status
      : 'no manifest';
    expect(['completed', 'rolled_back']).toContain(status);
  }
  const found = snapshot(machine.userHome);
  return Object.fromEntries(
    Object.entries(found).filter(([name]) => !name.includes('sync-journal') && !name.includes('thread-writer-locks/')),
  );
}

/** A copy at the same path, since rows hold absolute paths: the machine is put aside and put back. `root`: where the copy lies. */
export function savedCopy(machine: Machine): { root: string; again(): void } {
  const root = `${machine.root}.saved`;
  fs.rmSync(root, { recursive: true, force: true });
  fs.cpSync(machine.root, root, { recursive: true, preserveTimestamps: true });
  return {
    root,
    again() {
      fs.rmSync(machine.root, { recursive: true });
      fs.cpSync(root, machine.root, { recursive: true, preserveTimestamps: true });
    },
  };
}
