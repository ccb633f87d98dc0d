import type { JournalFolder } from '../../adapters/journal/journal_folder.ts';
import { setAside } from '../../adapters/sqlite/database_files.ts';
import { createDatabase } from '../../adapters/sqlite/sqlite.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import { SIDECAR_SCHEMA, SIDECAR_SCHEMA_VERSION } from '../../domain/sidecar/sidecar_schema.ts';

/** A sidecar that knows nothing yet. What is in its place goes first: SQLite would put pages of an old journal into it. */
export function stageSidecar(journal: JournalFolder, file: string, staged: string): Operation[] {
  createDatabase(journal.file(staged), SIDECAR_SCHEMA, SIDECAR_SCHEMA_VERSION);
  return [...setAside(file), { kind: 'create_database', path: file, staged }];
}
