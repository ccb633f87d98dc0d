import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { findHot, type Recovered, recover } from '../transaction/recover.ts';
import { withWriterLock } from '../transaction/writer_lock.ts';

/** Without `execute` it only says which transactions were interrupted. */
export function recoverHome(home: CodexHome, execute: boolean): Recovered[] {
  if (!execute) return findHot(home.path);
  return withWriterLock(home.path, () => recover(home.path, (name) => databaseFile(home, name)));
}
