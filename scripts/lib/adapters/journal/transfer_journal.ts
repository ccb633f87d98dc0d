// What the sibling skill recorded in transfer-journal/, for reading only. Whatever lies there may have any shape.

import fs from 'node:fs';
import path from 'node:path';
import { parseDocument } from '../documents/documents.ts';
import { bytesAt } from '../paths/entries.ts';

/** `problem`: why its manifest cannot be read. `packageRoot`: where the package lay. */
export type TransferJournal = {
  folder: string;
  transaction_id: string;
  created_at: string;
  status: string;
  packageRoot: string | null;
  bytes: number;
  problem: string | null;
};

export function listTransferJournals(home: string): TransferJournal[] {
  const root = path.join(home, 'transfer-journal');
  if (!fs.existsSync(root)) return [];
  return fs
    .readdirSync(root)
    .map((name) => path.join(root, name))
    .filter((folder) => fs.existsSync(path.join(folder, 'manifest.json')))
    .map(readFolder);
}

function readFolder(folder: string): TransferJournal {
  const unknown = { folder, transaction_id: path.basename(folder), created_at: '', packageRoot: null, bytes: 0 };
  try {
    const bytes = bytesAt(folder);
    const manifest = parseDocument(path.join(folder, 'manifest.json'));
    if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest))
      return { ...unknown, bytes, status: 'unreadable', problem: 'its manifest is not a JSON object' };
    const { transaction_id, created_at, status, package_root } = manifest as Record<string, unknown>;
    return {
      folder,
      transaction_id: textOr(transaction_id, unknown.transaction_id),
      created_at: textOr(created_at, ''),
      status: textOr(status, 'unknown'),
      packageRoot: typeof package_root === 'string' ? package_root : null,
      bytes,
      problem: null,
    };
  } catch (error) {
    return { ...unknown, status: 'unreadable', problem: (error as Error).message };
  }
}

const textOr = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
