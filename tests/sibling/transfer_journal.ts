import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { v7 as uuidv7 } from 'uuid';
import { dumpPlain } from './python_json.ts';

export type TransferOperation = {
  op: 'remove_created_file' | 'remove_created_dir' | 'restore_file';
  target: string;
  backup?: string;
};
type Install = { packageRoot: string; codexHome: string; userHome: string; sessions: number; directories: number };

/** The record of a completed install, under the home's transfer-journal/. */
export async function writeTransferJournal(install: Install, operations: readonly TransferOperation[]): Promise<string> {
  const id = uuidv7();
  const folder = path.join(install.codexHome, 'transfer-journal', id);
  await mkdir(folder, { recursive: true });
  const now = new Date().toISOString();
  const manifest = {
    transaction_id: id,
    created_at: now,
    status: 'completed',
    package_root: install.packageRoot,
    codex_home: install.codexHome,
    remote_home: install.userHome,
    plan_summary: { sessions: install.sessions, skills: 0, directories: install.directories },
    completed_at: now,
  };
  await writeFile(path.join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(path.join(folder, 'operations.jsonl'), operations.map((operation) => `${dumpPlain(operation)}\n`).join(''));
  return id;
}
