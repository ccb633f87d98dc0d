// sync-journal/<transaction id>/ under the Codex home: manifest.json, operations.jsonl, staged/, backups/.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../domain/errors.ts';
import type { ExtensionIdentity } from '../domain/extension.ts';
import type { Operation, Owned } from '../domain/operation.ts';
import { FileWriter, makeFolder, replaceFile, syncFolder } from './disk.ts';
import { checkJournalOperation, parseDocument, readJournalManifest } from './documents.ts';

export type JournalManifest = {
  schema_version: 1;
  transaction_id: string;
  created_at: string;
  completed_at?: string;
  rolled_back_at?: string;
  status: 'prepared' | 'completed' | 'rolled_back';
  command: string;
  plan_digest: string;
  plan_summary: Record<string, number>;
  package: string | null;
  codex_home: string;
  rolls_back: string | null;
  /** Those that had a say in the plan. */
  extensions?: ExtensionIdentity[];
  threads: { thread_id: string; title: string; classification: string; action: string }[];
  /** Those that it installed, or took away again. */
  skills?: { name: string; action: string }[];
};

/** `thread_id` is the local session that the operation belongs to; null where it belongs to a skill or to the run. */
export type JournaledOperation = Owned & { operation: Operation };

function withPath(entry: JournaledOperation, change: (file: string) => string): JournaledOperation {
  const { operation } = entry;
  if (operation.kind === 'row') return entry;
  const moved = operation.kind === 'move_file' ? { ...operation, to: change(operation.to) } : operation;
  return { ...entry, operation: { ...moved, path: change(operation.path) } };
}

export const journalRoot = (home: string): string => path.join(home, 'sync-journal');

export class JournalFolder {
  readonly path: string;
  readonly #home: string;

  constructor(home: string, transactionId: string) {
    this.#home = home;
    this.path = path.join(journalRoot(home), transactionId);
  }

  /** Where a name of an operation (`staged/3`, `backups/3`) lies. */
  file(name: string): string {
    return path.join(this.path, ...name.split('/'));
  }

  create(): void {
    makeFolder(journalRoot(this.#home));
    makeFolder(this.path);
    makeFolder(this.file('staged'));
    makeFolder(this.file('backups'));
  }

  writeOperations(operations: JournaledOperation[]): void {
    const writer = new FileWriter(this.file('operations.jsonl'));
    for (const entry of operations) writer.write(Buffer.from(this.#lineOf(entry)));
    writer.finish(Date.now());
    syncFolder(this.path);
  }

  /** Those that are still to be undone. */
  replaceOperations(operations: JournaledOperation[]): void {
    replaceFile(this.file('operations.jsonl'), operations.map((entry) => this.#lineOf(entry)).join(''));
  }

  #lineOf(entry: JournaledOperation): string {
    const recorded = withPath(entry, (file) => this.#relative(file));
    return `${JSON.stringify(recorded, replaceBigInt)}\n`;
  }

  writeManifest(manifest: JournalManifest): void {
    replaceFile(this.file('manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }

  /** Null where the transaction was abandoned before anything was changed. */
  readManifest(): JournalManifest | null {
    const file = this.file('manifest.json');
    return fs.existsSync(file) ? (readJournalManifest(file) as JournalManifest) : null;
  }

  readOperations(): JournaledOperation[] {
    const file = this.file('operations.jsonl');
    const lines = fs
      .readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return lines.map((line, index) => {
      const entry = checkJournalOperation(JSON.parse(line, reviveBigInt), `${file} line ${index + 1}`) as JournaledOperation;
      return withPath(entry, (recorded) => path.resolve(this.#home, recorded));
    });
  }

  /** Paths inside the home are recorded relative to it: a home that was moved or copied still undoes its own changes, and only those. */
  #relative(file: string): string {
    return file.startsWith(this.#home + path.sep) ? path.relative(this.#home, file) : file;
  }

  /** What a run that was killed leaves and nobody needs after the commit: staged bytes, a manifest that was not put in its place. */
  leftovers(): string[] {
    const names = fs.existsSync(this.path) ? fs.readdirSync(this.path) : [];
    return names.filter((name) => name === 'staged' || name.endsWith('.new')).map((name) => this.file(name));
  }

  dropLeftovers(): void {
    for (const file of this.leftovers()) fs.rmSync(file, { recursive: true, force: true });
  }

  bytes(): number {
    return bytesBelow(this.path);
  }

  /** The manifest first: without it a journal is one that changed nothing, so whatever a kill leaves of the rest is only removed. */
  remove(): void {
    if (fs.existsSync(this.file('manifest.json'))) {
      fs.rmSync(this.file('manifest.json'));
      syncFolder(this.path);
    }
    fs.rmSync(this.path, { recursive: true, force: true });
    const root = path.dirname(this.path);
    if (fs.existsSync(root) && fs.readdirSync(root).length === 0) fs.rmdirSync(root);
  }
}

/** Of all files in a folder. */
export const bytesBelow = (folder: string): number =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0);

/** Newest first: the ids are UUIDv7. */
export function listJournals(home: string): JournalFolder[] {
  const root = journalRoot(home);
  if (!fs.existsSync(root)) return [];
  const names = fs
    .readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  return names
    .sort()
    .reverse()
    .map((name) => new JournalFolder(home, name));
}

/** A transaction is hot until it reaches its commit point; without a manifest it never changed anything. */
export const isHot = (manifest: JournalManifest | null): boolean => manifest === null || manifest.status === 'prepared';

/** Ids of the transactions that were interrupted and are not undone yet. */
export const findHot = (home: string): string[] =>
  listJournals(home)
    .filter((journal) => isHot(journal.readManifest()))
    .map((journal) => path.basename(journal.path));

/** What the sibling skill recorded (transfer-journal/), for reading only. */
export function listTransferJournals(
  home: string,
): { transaction_id: string; created_at: string; status: string; bytes: number }[] {
  const root = path.join(home, 'transfer-journal');
  if (!fs.existsSync(root)) return [];
  return fs.readdirSync(root).flatMap((name) => {
    const file = path.join(root, name, 'manifest.json');
    if (!fs.existsSync(file)) return [];
    const { transaction_id = name, created_at = '', status = 'unknown' } = parseDocument(file) as Record<string, string>;
    return [{ transaction_id, created_at, status, bytes: bytesBelow(path.join(root, name)) }];
  });
}

export function findJournal(home: string, transactionId: string): { folder: JournalFolder; manifest: JournalManifest } {
  const folder = listJournals(home).find((journal) => path.basename(journal.path) === transactionId);
  const manifest = folder?.readManifest();
  if (!folder || !manifest) {
    throw new SyncError('transaction_not_found', `There is no transaction ${transactionId}.`, {
      where: journalRoot(home),
      hint: 'list-transactions shows those that are',
    });
  }
  return { folder, manifest };
}

const BIG = /^\u0000bigint:(-?\d+)$/;
const replaceBigInt = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return `\u0000bigint:${value}`;
  // A Buffer has become {type, data} before it gets here.
  const data = value as { type?: unknown; data?: number[] } | null;
  return data?.type === 'Buffer' && Array.isArray(data.data) ? `\u0000blob:${Buffer.from(data.data).toString('base64')}` : value;
};
const reviveBigInt = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'string' || !value.startsWith('\u0000')) return value;
  const big = BIG.exec(value);
  return big ? BigInt(big[1] as string) : Buffer.from(value.slice('\u0000blob:'.length), 'base64');
};
