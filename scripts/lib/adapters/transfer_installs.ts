// What codex-session-transfer installed into this home, as its transfer-journal/ tells. Read, never written.

import fs from 'node:fs';
import path from 'node:path';
import { baseName, parseRolloutName } from '../domain/rollout_name.ts';
import { parseDocument } from './documents.ts';
import { listTransferJournals } from './journal_folder.ts';

export type Install = { transactionId: string; packageRoot: string | null };

/** By thread; of two installs of one thread the later one. */
export function readTransferInstalls(home: string): Map<string, Install> {
  const completed = listTransferJournals(home).filter(({ status }) => status === 'completed');
  const byAge = completed.sort((a, b) => (a.created_at < b.created_at ? -1 : 1));
  return new Map(byAge.flatMap(({ transaction_id }) => installsOf(path.join(home, 'transfer-journal', transaction_id))));
}

function installsOf(folder: string): [string, Install][] {
  const operations = path.join(folder, 'operations.jsonl');
  const manifest = path.join(folder, 'manifest.json');
  if (!fs.existsSync(operations) || !fs.existsSync(manifest)) return [];
  const { package_root } = parseDocument(manifest) as { package_root?: unknown };
  const install = { transactionId: path.basename(folder), packageRoot: typeof package_root === 'string' ? package_root : null };
  const lines = fs.readFileSync(operations, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const thread = threadOf(line);
    return thread === null ? [] : [[thread, install] as [string, Install]];
  });
}

/** A rollout that was created, or that replaced one; a line that cannot be read tells nothing. */
function threadOf(line: string): string | null {
  try {
    const { target } = JSON.parse(line) as { target?: unknown };
    return typeof target === 'string' ? (parseRolloutName(baseName(target))?.threadId ?? null) : null;
  } catch {
    return null;
  }
}
