import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { withWriterLock } from '../../transaction/exclusion/writer_lock.ts';
import { type Recovered, recover } from '../../transaction/recover.ts';
import { type JournalContents, readJournals } from './journal_contents.ts';

/** What a recovery would have to do with. */
export type ToRecover = { transaction_id: string; outcome: 'interrupted' | 'unreadable'; warnings: string[] };

/** Without `execute` it only says which transactions were interrupted, and which cannot be read. */
export function recoverHome(home: CodexHome, execute: boolean, waitSeconds = 0): (Recovered | ToRecover)[] {
  if (!execute) return readJournals(home).flatMap(toRecover);
  const work = () => recover(home, 'set_aside');
  return withWriterLock(home.path, work, waitSeconds);
}

function toRecover({ folder, state, problem }: JournalContents): ToRecover[] {
  const transaction_id = folder.id;
  if (state === 'interrupted' || state === 'abandoned') return [{ transaction_id, outcome: 'interrupted', warnings: [] }];
  if (state !== 'unreadable') return [];
  const closed = folder.whyClosed();
  if (closed)
    return [
      { transaction_id, outcome: 'unreadable', warnings: [`transaction ${transaction_id} cannot be read: ${closed.hint}`] },
    ];
  const warning = `transaction ${transaction_id} cannot be read (${problem?.message}); with --execute its journal is set aside and kept`;
  return [{ transaction_id, outcome: 'unreadable', warnings: [warning] }];
}
