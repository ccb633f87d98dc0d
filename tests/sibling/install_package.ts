import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { baseNameOf, installedRolloutPath, localizeByDocuments } from './documents_rule.ts';
import { dumpJson, parseJson } from './python_json.ts';
import { rewriteLine, setWritableRoots } from './rewrite_line.ts';
import { type IndexLine, rewriteIndex } from './session_index.ts';
import { type Row, replaceRows } from './state_rows.ts';
import { type TransferOperation, writeTransferJournal } from './transfer_journal.ts';

/** Installs a package as codex-session-transfer does, for homes whose sessions it brought first. No skills. */
export async function installAsSibling(packageRoot: string, codexHome: string, userHome: string): Promise<void> {
  const operations: TransferOperation[] = [];
  const folders = (await readJson<string[]>(packageRoot, 'skeleton/required-directories.json')).map((cwd) =>
    localizeByDocuments(cwd, userHome),
  );
  for (const folder of folders) await makeFolder(folder, operations);
  const installed: Row[] = [];
  for (const row of await readLines<Row>(packageRoot, 'metadata/threads.jsonl')) {
    const local = localRow(row, codexHome, userHome);
    await installRollout(path.join(packageRoot, 'sessions', baseNameOf(String(row.rollout_path))), local, operations);
    installed.push(local);
  }
  replaceRows(codexHome, installed, await readLines<Row>(packageRoot, 'metadata/thread_dynamic_tools.jsonl'));
  await rewriteIndex(codexHome, await readLines<IndexLine>(packageRoot, 'metadata/session_index.jsonl'));
  const counts = { sessions: installed.length, directories: folders.length };
  await writeTransferJournal({ packageRoot, codexHome, userHome, ...counts }, operations);
}

function localRow(row: Row, codexHome: string, userHome: string): Row {
  const cwd = localizeByDocuments(String(row.cwd), userHome);
  const policy = parseJson(String(row.sandbox_policy));
  setWritableRoots(policy, cwd);
  const rolloutPath = installedRolloutPath(codexHome, String(row.rollout_path));
  return { ...row, cwd, rollout_path: rolloutPath, sandbox_policy: dumpJson(policy, true) };
}

/** The file's time is that of the install: the sibling does not set it. */
async function installRollout(source: string, row: Row, operations: TransferOperation[]): Promise<void> {
  const target = String(row.rollout_path);
  const lines = (await readFile(source, 'utf8')).split('\n').filter((line) => line.trim() !== '');
  if (!existsSync(target)) operations.push({ op: 'remove_created_file', target });
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, lines.map((line) => `${rewriteLine(line, String(row.cwd))}\n`).join(''));
}

async function makeFolder(folder: string, operations: TransferOperation[]): Promise<void> {
  if (existsSync(folder)) return;
  await mkdir(folder, { recursive: true });
  operations.push({ op: 'remove_created_dir', target: folder });
}

async function readJson<Value>(root: string, name: string): Promise<Value> {
  return JSON.parse(await readFile(path.join(root, name), 'utf8')) as Value;
}

async function readLines<Value>(root: string, name: string): Promise<Value[]> {
  const text = await readFile(path.join(root, name), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Value);
}
