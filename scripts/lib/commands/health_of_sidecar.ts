// The sidecar itself: is it there, can it be read, does it agree with itself?

import fs from 'node:fs';
import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { listJournals } from '../adapters/journal_folder.ts';
import { readSidecar } from '../adapters/sidecar_database.ts';
import { openForReading } from '../adapters/sqlite.ts';
import { SyncError } from '../domain/errors.ts';
import { type Finding, findingAt } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';

const REBUILD = 'rebuild-sidecar --execute';

export function findingsOfSidecar(home: CodexHome): Finding<HealthCode>[] {
  const file = databaseFile(home, 'sidecar');
  const found = findingAt<HealthCode>(file);
  if (!fs.existsSync(file))
    return hasWritten(home)
      ? [found('sidecar_missing', 'warning', 'There are transactions here and no sidecar that remembers them.', REBUILD)]
      : [];
  try {
    const problem = firstProblem(file);
    if (problem !== null) return [found('sidecar_damaged', 'error', `SQLite finds the sidecar damaged: ${problem}.`, REBUILD)];
    readSidecar(file);
    return [];
  } catch (error) {
    if (error instanceof SyncError && error.code === 'sidecar_newer')
      return [found('sidecar_newer', 'error', error.message, 'update codex-session-sync')];
    return [
      found(
        'sidecar_unreadable',
        'error',
        `The sidecar cannot be read: ${(error as Error).message.replace(/\.?$/, '.')}`,
        REBUILD,
      ),
    ];
  }
}

const hasWritten = (home: CodexHome): boolean => listJournals(home.path).some((journal) => statusOf(journal) === 'completed');

function statusOf(journal: ReturnType<typeof listJournals>[number]): string | null {
  try {
    return journal.readManifest()?.status ?? null;
  } catch {
    return null;
  }
}

function firstProblem(file: string): string | null {
  const database = openForReading(file);
  if (!database) return 'it is empty';
  try {
    const { integrity_check } = database.prepare('PRAGMA integrity_check(1)').get() as { integrity_check: string };
    return integrity_check === 'ok' ? null : integrity_check.replaceAll('\n', ' ');
  } finally {
    database.close();
  }
}
