// The sidecar itself: is it there, can it be read, does it agree with itself?

import fs from 'node:fs';
import path from 'node:path';
import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { exists } from '../../adapters/disk/disk.ts';
import { BESIDE, hasDatabase, logOf } from '../../adapters/sqlite/database_logs.ts';
import { readSidecar } from '../../adapters/sqlite/sidecar_database.ts';
import { firstDamage } from '../../adapters/sqlite/sqlite.ts';
import { openForReading } from '../../adapters/sqlite/sqlite_reading.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { asSentence, type Finding, findingAt } from '../../domain/findings/finding.ts';
import type { HealthCode } from '../../domain/findings/health_code.ts';
import { emptyKnowledge, type SidecarKnowledge } from '../../domain/sidecar/sidecar.ts';

const REBUILD = 'rebuild-sidecar --execute';

/** `sidecar`: what it says, nothing where it cannot be believed. `hasWritten`: a sync was completed here, so there has to be one. */
export function examineSidecarFile(
  home: CodexHome,
  hasWritten: boolean,
): { findings: Finding<HealthCode>[]; sidecar: SidecarKnowledge } {
  const file = databaseFile(home, 'sidecar');
  const found = findingAt<HealthCode>(file);
  const left = leftBeside(file);
  const unbelieved = (...findings: Finding<HealthCode>[]) => ({ findings: [...findings, ...left], sidecar: emptyKnowledge() });
  if (!exists(file)) {
    const message = 'There are transactions here and no sidecar that remembers them.';
    return hasWritten ? unbelieved(found('sidecar_missing', 'warning', message, REBUILD)) : unbelieved();
  }
  try {
    const damage = damageOf(file);
    if (damage !== null)
      return unbelieved(found('sidecar_damaged', 'error', `SQLite finds the sidecar damaged: ${damage}.`, REBUILD));
    return { findings: left, sidecar: readSidecar(file) };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof SyncError && error.code === 'database_locked')
      return unbelieved(found('database_locked', 'error', message, String(error.hint)));
    return error instanceof SyncError && error.code === 'sidecar_newer'
      ? unbelieved(found('sidecar_newer', 'error', message, 'update codex-session-sync'))
      : unbelieved(found('sidecar_unreadable', 'error', asSentence(`The sidecar cannot be read: ${message}`), REBUILD));
  }
}

/** A journal of its own is only there while somebody writes, or where that one died. */
function leftBeside(file: string): Finding<HealthCode>[] {
  const folder = path.dirname(file);
  const names = exists(folder) ? fs.readdirSync(folder) : [];
  const own = hasDatabase(file) ? ['', ...BESIDE].map((ending) => path.basename(file) + ending) : [path.basename(file)];
  const foreign = names.filter((name) => !own.includes(name)).map((name) => path.join(folder, name));
  const message = 'A write to the sidecar was interrupted; until it is rolled back every command reads what was before.';
  return [
    ...(hasDatabase(file) && logOf(file) === 'journal'
      ? [findingAt<HealthCode>(file)('sidecar_interrupted', 'note', message, 'recover --execute')]
      : []),
    ...foreign.map((where) =>
      findingAt<HealthCode>(where)(
        'files_left_over',
        'note',
        'A file that no command needs lies beside the sidecar.',
        'remove it',
      ),
    ),
  ];
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
