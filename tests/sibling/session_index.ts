import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { dumpPlain } from './python_json.ts';

export type IndexLine = { id: string; thread_name: string; updated_at: string };

const indexFile = (codexHome: string): string => path.join(codexHome, 'session_index.jsonl');

export async function readIndex(codexHome: string): Promise<IndexLine[]> {
  const text = await readFile(indexFile(codexHome), 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as IndexLine);
}

/** The file again with one line per id: the last one, in the place of the first. */
export async function rewriteIndex(codexHome: string, added: readonly IndexLine[]): Promise<void> {
  const byId = new Map([...(await readIndex(codexHome)), ...added].map((line) => [line.id, line]));
  await writeFile(indexFile(codexHome), [...byId.values()].map((line) => `${dumpPlain(line)}\n`).join(''));
}
