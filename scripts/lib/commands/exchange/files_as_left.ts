// Local rollouts as a sync has left them. A Codex may go on with a session as soon as the transaction is over: what it writes then was neither taken
// in nor published, so how long a file is now says nothing.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { statFile } from '../../adapters/disk/file_reading.ts';
import { JournalFolder } from '../../adapters/journal/journal_folder.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { isPresent } from '../../adapters/local_sessions/local_session.ts';
import type { AppendPoint } from '../../domain/operation/operation.ts';

/** By path. */
export type Files = ReadonlyMap<string, AppendPoint>;

export function filesOf({ sessions }: LocalHome): Files {
  const files = [...sessions.values()].filter(isPresent).map(({ file }) => file);
  return new Map(files.map((file) => [file, statFile(file) ?? { size: 0, mtime: 0 }]));
}

/** `before`: as they were when the sync began; what it did not write is at least as long. */
export function filesAsLeft(home: CodexHome, transactionId: string | null, before: Files): Files {
  const left = new Map(before);
  const operations = transactionId === null ? [] : new JournalFolder(home.path, transactionId).readOperations();
  for (const { operation } of operations) {
    if (operation.kind === 'create_file' || operation.kind === 'append_file') left.set(operation.path, operation.after);
    if (operation.kind === 'move_file') left.set(operation.to, left.get(operation.path) ?? { size: 0, mtime: 0 });
  }
  return left;
}
