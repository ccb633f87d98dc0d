// The sidecar itself: is it there, can it be read, does it agree with itself?

import fs from 'node:fs';
import path from 'node:path';
import { type CodexHome, databaseFile } from '../../adapters/codex_home/codex_home.ts';
import { exists } from '../../adapters/paths/entries.ts';
import { BESIDE, hasDatabase, logOf } from '../../adapters/sqlite/database_logs.ts';
import { readSidecar } from '../../adapters/sqlite/sidecar_database.ts';
import { firstDamage } from '../../adapters/sqlite/sqlite.ts';
import { readDatabase } from '../../adapters/sqlite/sqlite_reading.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { Sidecar } from '../../domain/sidecar/sidecar_store.ts';

/** `sidecar`: what it says, nothing where it cannot be believed. `hasWritten`: a completed transaction wrote to it, so there has to be one. */
export function examineSidecarFile(home: CodexHome, hasWritten: boolean): { findings: Finding[]; sidecar: Sidecar } {
  const file = databaseFile(home, 'sidecar');
  const left = leftBeside(file);
  const unbelieved = (...findings: Finding[]) => ({ findings: [...findings, ...left], sidecar: new Sidecar() });
  if (!exists(file)) {
    const message = 'This home has transactions but no sidecar that remembers them.';
    return hasWritten ? unbelieved(finding('sidecar_missing', file, message)) : unbelieved();
  }
  try {
    const damage = damageOf(file);
    if (damage !== null) return unbelieved(finding('sidecar_damaged', file, `SQLite finds the sidecar damaged: ${damage}.`));
    return { findings: left, sidecar: readSidecar(file) ?? new Sidecar() };
  } catch (error) {
    const { message } = error as Error;
    const code = error instanceof SyncError ? error.code : null;
    return code === 'database_locked' || code === 'not_permitted' || code === 'sidecar_newer'
      ? unbelieved(finding(code, file, message))
      : unbelieved(finding('sidecar_unreadable', file, `The sidecar cannot be read: ${message}`));
  }
}

/** A journal of its own is only there while somebody writes, or where that one died. */
function leftBeside(file: string): Finding[] {
  const folder = path.dirname(file);
  const names = exists(folder) ? fs.readdirSync(folder) : [];
  const own = hasDatabase(file) ? ['', ...BESIDE].map((ending) => path.basename(file) + ending) : [path.basename(file)];
  const foreign = names.filter((name) => !own.includes(name)).map((name) => path.join(folder, name));
  const message = 'A write to the sidecar was interrupted; until it is rolled back, every command reads the previous state.';
  return [
    ...(hasDatabase(file) && logOf(file) === 'journal' ? [finding('sidecar_interrupted', file, message)] : []),
    ...foreign.map((where) => finding('files_left_over', where, 'The sidecar folder contains a file that no command needs.')),
  ];
}

function damageOf(file: string): string | null {
  const found = readDatabase(file, (database) => ({ damage: firstDamage(database, 'integrity_check') }));
  return found ? found.damage : 'it is empty';
}
