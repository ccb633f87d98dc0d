// What codex-session-transfer installed into this home, as its transfer-journal/ tells. Read, never written.

import fs from 'node:fs';
import path from 'node:path';
import { baseName, parseRolloutName } from '../../domain/ids/rollout_name.ts';
import { parseObject } from '../../domain/json/json_value.ts';
import { eachLine } from '../journal/journal_documents.ts';
import { listTransferJournals, type TransferJournal } from '../journal/transfer_journal.ts';

export type Install = { transactionId: string; packageRoot: string | null };

/** By thread; of two installs of one thread the later one. */
export function readTransferInstalls(home: string): Map<string, Install> {
  const completed = listTransferJournals(home).filter(({ status }) => status === 'completed');
  const byAge = completed.sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return new Map(byAge.flatMap(installsOf));
}

function installsOf({ folder, packageRoot }: TransferJournal): [string, Install][] {
  const operations = path.join(folder, 'operations.jsonl');
  if (!fs.statSync(operations, { throwIfNoEntry: false })?.isFile()) return [];
  const threads: string[] = [];
  eachLine(operations, (line) => threads.push(...threadsOf(line)));
  return threads.map((thread) => [thread, { transactionId: path.basename(folder), packageRoot }]);
}

/** A rollout that was created, or that replaced one; a line that cannot be read tells nothing. */
function threadsOf(line: string): string[] {
  const target = parseObject(line)?.target;
  const thread = typeof target === 'string' ? parseRolloutName(baseName(target))?.threadId : undefined;
  return thread === undefined ? [] : [thread];
}
