// sync-journal/<transaction id>/ under the Codex home: manifest.json, operations.jsonl, staged/, backups/.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import type { ExtensionIdentity } from '../../domain/extension/extension.ts';
import type { Operation, Owned } from '../../domain/operation/operation.ts';
import { replaceFile, writeNew } from '../disk/file_writing.ts';
import { makeFolder, moveFile, removeEmptyFolder, syncFolder } from '../disk/folders.ts';
import { removeAt } from '../disk/removal.ts';
import { whyNotWritable } from '../disk/write_access.ts';
import { checkJournalOperation, readJournalManifest } from '../documents/documents.ts';
import { bytesAt, exists, isThere } from '../paths/entries.ts';
import { wayBelow } from '../paths/local_paths.ts';
import { trace } from '../run/trace.ts';
import { isBarred, whyClosed } from './journal_access.ts';
import { eachLine, jsonOf, parseJson, withPath } from './journal_documents.ts';
import { FILES, holdsOnlyOwn, INNER, PASSING, removeOwn } from './journal_files.ts';

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
  /** Lines of operations.jsonl; null where a recovery has begun to take some out. Older journals do not tell. */
  operations?: number | null;
  rolls_back: string | null;
  /** Those that had a say in the plan. */
  extensions?: ExtensionIdentity[];
  threads: { thread_id: string; title: string; classification: string; action: string }[];
  /** Those that it installed, or took away again. */
  skills?: { name: string; action: string }[];
};

/** `thread_id` is the local session that the operation belongs to; null where it belongs to a skill or to the run. */
export type JournaledOperation = Owned & { operation: Operation };

export const journalRoot = (home: string): string => path.join(home, 'sync-journal');

export class JournalFolder {
  /** The transaction's. */
  readonly id: string;
  readonly path: string;
  readonly #home: string;

  constructor(home: string, transactionId: string) {
    this.#home = home;
    this.id = transactionId;
    this.path = path.join(journalRoot(home), transactionId);
  }

  /** Where a name of an operation (`staged/3`, `backups/3`) lies. */
  file(name: string): string {
    return path.join(this.path, ...name.split('/'));
  }

  create(): void {
    for (const folder of [journalRoot(this.#home), this.path, ...INNER.map((name) => this.file(name))])
      makeFolder(folder, 'private');
  }

  writeOperations(operations: JournaledOperation[]): void {
    this.#writeLines('operations.jsonl', operations);
    // What undoing needs is on the disk before the first change, the names of the staged files too.
    for (const folder of [this.file('staged'), this.file('backups'), this.path]) syncFolder(folder);
  }

  /** Those that are still to be undone. */
  replaceOperations(operations: JournaledOperation[]): void {
    const manifest = this.readManifest();
    if (typeof manifest?.operations === 'number') this.writeManifest({ ...manifest, operations: null });
    const temporary = this.file('operations.jsonl.new');
    removeAt(temporary);
    this.#writeLines('operations.jsonl.new', operations);
    moveFile(temporary, this.file('operations.jsonl'));
  }

  #writeLines(name: string, operations: JournaledOperation[]): void {
    writeNew(this.file(name), (writer) => {
      for (const entry of operations) writer.write(Buffer.from(`${jsonOf(withPath(entry, (file) => this.#relative(file)))}\n`));
      writer.finish(Date.now());
    });
  }

  writeManifest(manifest: JournalManifest): void {
    trace('journal', () => `${this.path} ${manifest.status}`);
    replaceFile(this.file('manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  }

  /** Null where the transaction was abandoned before anything was changed. */
  readManifest(): JournalManifest | null {
    const file = this.file('manifest.json');
    if (!exists(file)) return null;
    const manifest = readJournalManifest(file) as JournalManifest;
    if (manifest.transaction_id === this.id) return manifest;
    throw unreadable(`The manifest belongs to transaction ${manifest.transaction_id}.`, file);
  }

  readOperations(): JournaledOperation[] {
    const file = this.file('operations.jsonl');
    if (!exists(file)) throw unreadable('The operations are missing.', file);
    const entries: JournaledOperation[] = [];
    eachLine(file, (line) => {
      const where = `${file} line ${entries.length + 1}`;
      const entry = checkJournalOperation(parseJson(line, where), where) as JournaledOperation;
      entries.push(withPath(entry, (recorded) => path.resolve(this.#home, recorded)));
    });
    const expected = this.readManifest()?.operations ?? entries.length;
    if (entries.length === expected) return entries;
    throw unreadable(`Only ${entries.length} of ${expected} operations are there.`, file);
  }

  /** What is staged goes right after the commit: where the manifest cannot be read, that tells whether the commit may not have been reached. */
  mayBeHot(): boolean {
    try {
      return isHot(this.readManifest());
    } catch {
      return !isBarred(this.path) && exists(this.file('staged'));
    }
  }

  /** Out of the way of every command, and kept as it is. The new place. */
  setAside(): string {
    const names = new Set(fs.readdirSync(path.dirname(this.path)));
    const name = `${this.id}${SET_ASIDE}`;
    let place = name;
    for (let count = 2; names.has(place); count++) place = `${name}-${count}`;
    const target = path.join(path.dirname(this.path), place);
    trace('journal', () => `${this.path} set aside as ${place}`);
    moveFile(this.path, target);
    return target;
  }

  /** Paths inside the home are recorded relative to it: a home that was moved or copied still undoes its own changes, and only those. */
  #relative(file: string): string {
    return wayBelow(this.#home, file) ?? file;
  }

  /** What a run that was killed leaves and nobody needs after the commit: staged bytes, what was not put in its place. */
  leftovers(): string[] {
    return ['staged', ...PASSING].map((name) => this.file(name)).filter(isThere);
  }

  dropLeftovers(): void {
    for (const file of this.leftovers()) removeOwn(file);
  }

  bytes(): number {
    return bytesAt(this.path);
  }

  /** Why this user may not read it; null where that is not so. */
  whyClosed(): SyncError | null {
    return whyClosed(this.path);
  }

  /** Whether a transaction made it. Where its manifest is gone, nothing may lie in it that somebody else has put there. */
  isOurs(): boolean {
    return isBarred(this.path) || isThere(this.file('manifest.json')) || holdsOnlyOwn(this.path);
  }

  /**
   * The manifest first: without it a journal is one that changed nothing, so whatever a kill leaves of the rest is only removed. What somebody
   * else has put into it stays, and with it the folder.
   */
  remove(): void {
    trace('journal', () => `${this.path} removed`);
    if (exists(this.file('manifest.json'))) {
      removeAt(this.file('manifest.json'));
      syncFolder(this.path);
    }
    if (holdsOnlyOwn(this.path)) removeAt(this.path);
    else for (const name of [...INNER, ...FILES]) removeOwn(this.file(name));
    this.#removeRoot();
  }

  /** In a home whose own folder is closed to this user the empty folder of the journals stays, in nobody's way. */
  #removeRoot(): void {
    const root = path.dirname(this.path);
    if (exists(root) && whyNotWritable(path.dirname(root)) === null) removeEmptyFolder(root);
  }
}

const unreadable = (message: string, where: string): SyncError => new SyncError('malformed_document', message, { where });

/** How a folder ends that `recover` has put out of the way. */
export const SET_ASIDE = '.set-aside';

/** A transaction is hot until it reaches its commit point; without a manifest it never changed anything. */
export const isHot = (manifest: JournalManifest | null): boolean => manifest === null || manifest.status === 'prepared';
