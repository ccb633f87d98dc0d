import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Machine } from './codex_home.ts';

/** Every file of a folder by relative path, with its digest and time of change. */
export type Snapshot = Record<string, string>;

/** Of the whole machine, so that a stray write beside the Codex home is seen as well. */
export async function snapshotOf(machine: Machine): Promise<Snapshot> {
  const entries = await readdir(machine.root, { recursive: true, withFileTypes: true });
  const snapshot: Snapshot = {};
  for (const entry of entries) {
    const file = path.join(entry.parentPath, entry.name);
    if (await isTraceOfReading(file)) continue;
    snapshot[path.relative(machine.root, file)] = entry.isFile()
      ? await fingerprint(file)
      : entry.isDirectory()
        ? 'folder'
        : 'other';
  }
  return snapshot;
}

export async function digestOf(file: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
}

/** Merely opening a WAL database, even read-only, makes its shared memory and an empty log; that writes nobody's data. */
async function isTraceOfReading(file: string): Promise<boolean> {
  return file.endsWith('-shm') || (file.endsWith('-wal') && (await stat(file)).size === 0);
}

async function fingerprint(file: string): Promise<string> {
  return `${await digestOf(file)} changed ${(await stat(file)).mtime.toISOString()}`;
}
