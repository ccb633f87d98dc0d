// The sidecar itself: is it there, can it be read, does it agree with itself?

import fs from 'node:fs';
import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { readSidecar } from '../adapters/sidecar_database.ts';
import { firstDamage, openForReading } from '../adapters/sqlite.ts';
import { SyncError } from '../domain/errors.ts';
import { asSentence, type Finding, findingAt } from '../domain/finding.ts';
import type { HealthCode } from '../domain/health_code.ts';
import { emptyKnowledge, type SidecarKnowledge } from '../domain/sidecar.ts';

const REBUILD = 'rebuild-sidecar --execute';

/** `sidecar`: what it says, nothing where it cannot be believed. `hasWritten`: a sync was completed here, so there has to be one. */
export function examineSidecarFile(
  home: CodexHome,
  hasWritten: boolean,
): { findings: Finding<HealthCode>[]; sidecar: SidecarKnowledge } {
  const file = databaseFile(home, 'sidecar');
  const found = findingAt<HealthCode>(file);
  const unbelieved = (...findings: Finding<HealthCode>[]) => ({ findings, sidecar: emptyKnowledge() });
  if (!fs.existsSync(file)) {
    const message = 'There are transactions here and no sidecar that remembers them.';
    return hasWritten ? unbelieved(found('sidecar_missing', 'warning', message, REBUILD)) : unbelieved();
  }
  try {
    const damage = damageOf(file);
    if (damage !== null)
      return unbelieved(found('sidecar_damaged', 'error', `SQLite finds the sidecar damaged: ${damage}.`, REBUILD));
    return { findings: [], sidecar: readSidecar(file) };
  } catch (error) {
    const { message } = error as Error;
    return error instanceof SyncError && error.code === 'sidecar_newer'
      ? unbelieved(found('sidecar_newer', 'error', message, 'update codex-session-sync'))
      : unbelieved(found('sidecar_unreadable', 'error', asSentence(`The sidecar cannot be read: ${message}`), REBUILD));
  }
}

function damageOf(file: string): string | null {
  const database = openForReading(file);
  if (!database) return 'it is empty';
  try {
    return firstDamage(database, 'integrity_check');
  } finally {
    database.close();
  }
}
