import { type CodexHome, databaseFile } from '../adapters/codex_home.ts';
import { findHot } from '../adapters/journal_folder.ts';
import { type Recovered, recover } from '../transaction/recover.ts';
import { withWriterLock } from '../transaction/writer_lock.ts';

/** Without `execute` it only says which transactions were interrupted. */
export function recoverHome(
  home: CodexHome,
  execute: boolean,
  waitSeconds = 0,
  environment: NodeJS.ProcessEnv = process.env,
): (Recovered | { transaction_id: string; outcome: 'interrupted'; warnings: string[] })[] {
  if (!execute) return findHot(home.path).map((transaction_id) => ({ transaction_id, outcome: 'interrupted', warnings: [] }));
  return withWriterLock(home.path, () => recover(home.path, (name) => databaseFile(home, name), environment), waitSeconds);
}
