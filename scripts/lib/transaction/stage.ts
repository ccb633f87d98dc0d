// Step 1 of a transaction: everything that will be written is written to the transaction's own folder first, localized and synced,
// so that the changes to the home itself are only moves, appends and rows.

import fs from 'node:fs';
import path from 'node:path';
import { copyTail, FileWriter, missingFolders, statFile } from '../adapters/disk.ts';
import type { JournaledOperation, JournalFolder } from '../adapters/journal_folder.ts';
import { LineReader } from '../adapters/line_reader.ts';
import { createDatabase } from '../adapters/sqlite.ts';
import { detach } from '../domain/detach.ts';
import { SyncError } from '../domain/errors.ts';
import { findFault } from '../domain/json_bytes.ts';
import type { Localization } from '../domain/localization.ts';
import { LocalizedCopy } from '../domain/localized_copy.ts';
import type { AppendPoint, FileState, Operation } from '../domain/operation.ts';
import { lengthOf } from '../domain/part.ts';
import type { Change, PlannedChange, PlannedSource } from '../domain/plan.ts';
import type { RolloutLine } from '../domain/rollout_line.ts';
import { SIDECAR_SCHEMA, SIDECAR_SCHEMA_VERSION, sidecarRow } from '../domain/sidecar.ts';

type ChangeOf<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

export class Stage {
  readonly #journal: JournalFolder;
  readonly #operations: JournaledOperation[] = [];
  readonly #folders = new Set<string>();
  /** Size and mtime of the rollouts that this transaction writes, by path. */
  readonly #written = new Map<string, AppendPoint>();
  #count = 0;

  constructor(journal: JournalFolder) {
    this.#journal = journal;
  }

  add({ thread_id, change }: PlannedChange): void {
    for (const operation of this.#operationsFor(change)) this.#operations.push({ thread_id, operation });
  }

  operations(): JournaledOperation[] {
    return this.#operations;
  }

  #operationsFor(change: Change): Operation[] {
    switch (change.kind) {
      case 'create_rollout':
        return this.#create(change);
      case 'append_rollout':
        return [this.#append(change)];
      case 'create_sidecar':
        return this.#createSidecar(change.path);
      case 'sync_point':
        return this.#syncPoint(change);
      case 'operation':
        return [change.operation];
      default:
        return change satisfies never;
    }
  }

  #create(change: ChangeOf<'create_rollout'>): Operation[] {
    const staged = this.#nextName();
    const after = this.#write(
      staged,
      change.source,
      change.localization,
      0,
      change.source.parts.length > 1 ? DETACHED : AS_IT_IS,
      change.mtime,
    );
    this.#written.set(change.path, after);
    return [...this.#foldersFor(change.path), { kind: 'create_file', path: change.path, staged, after }];
  }

  #append(change: ChangeOf<'append_rollout'>): Operation {
    requireUnchanged(change.path, change.at);
    const staged = this.#nextName();
    const written = this.#write(
      staged,
      change.source,
      change.localization,
      change.from,
      { nextOrdinal: change.nextOrdinal, newline: change.mendsTornLine, mend: change.mend, detaches: false },
      change.mtime,
    );
    const after = { size: change.at.size + written.size, mtime: change.mtime };
    this.#written.set(change.path, after);
    return { kind: 'append_file', path: change.path, staged, before: change.at, after, appended: written.digest };
  }

  /** Copies lines from `from` on, each localized; an unfinished last line is not there yet. */
  #write(staged: string, source: PlannedSource, localization: Localization, from: number, form: Form, mtime: number): FileState {
    for (const { file, fileSize, fileTime } of source.parts) requireUnchanged(file, { size: fileSize, mtime: fileTime });
    const writer = new FileWriter(this.#journal.file(staged), lengthOf(source.parts) - from);
    const reader = new LineReader(source.parts, { offset: from });
    const copy = new LocalizedCopy(localization, form.nextOrdinal);
    const writeLine = (line: Buffer): void => {
      writer.write(copy.line(line));
      writer.write(NEWLINE);
    };
    if (form.newline) writer.write(NEWLINE);
    if (form.mend) writeLine(Buffer.from(form.mend));
    if (form.detaches) writeLine(detach((reader.next() as RolloutLine).bytes, source.ownFrom));
    for (let block = reader.nextBlock(); block; block = reader.nextBlock())
      for (const piece of copy.block(block)) writer.write(piece);
    const last = reader.next();
    if (last && !findFault(last.bytes)) writeLine(last.bytes);
    reader.close();
    return writer.finish(mtime);
  }

  #createSidecar(file: string): Operation[] {
    const staged = this.#nextName();
    createDatabase(this.#journal.file(staged), SIDECAR_SCHEMA, SIDECAR_SCHEMA_VERSION);
    return [...this.#foldersFor(file), { kind: 'create_database', path: file, staged }];
  }

  #syncPoint({ path: file, point, before }: ChangeOf<'sync_point'>): Operation[] {
    const local = this.#written.get(file) ?? statFile(file);
    if (!local) return [];
    const operation = sidecarRow('sync_points', before, { ...point, local_size: local.size, local_mtime: local.mtime });
    return operation ? [operation] : [];
  }

  #foldersFor(file: string): Operation[] {
    const folders = missingFolders(path.dirname(file)).filter((folder) => !this.#folders.has(folder));
    for (const folder of folders) this.#folders.add(folder);
    return folders.map((folder) => ({ kind: 'make_directory', path: folder }));
  }

  #nextName(): string {
    return `staged/${this.#count++}`;
  }
}

/** How lines are written: numbered from `nextOrdinal` on, behind a newline or a mending line, as a file that continues no other one. */
type Form = { nextOrdinal: number | null; newline: boolean; mend: string | null; detaches: boolean };

const AS_IT_IS: Form = { nextOrdinal: null, newline: false, mend: null, detaches: false };
/** Gaps where the first lines of the other files stood would end the history that 0.153.4 shows. */
const DETACHED: Form = { ...AS_IT_IS, nextOrdinal: 0, detaches: true };

const NEWLINE = Buffer.from('\n');

/** A file is the one that was planned with while its size and time are; its content was read under that name. */
export function requireUnchanged(file: string, planned: { size: number; mtime: number }): void {
  const now = statFile(file);
  if (now && now.size === planned.size && now.mtime === planned.mtime) return;
  throw new SyncError('stale_plan', 'A file has changed since the plan was made.', {
    where: file,
    hint: 'run the same command again: the plan will be made anew',
  });
}

/** Copies what a rollback needs from an earlier transaction's folder into this one's. */
export function stageCopy(from: string, to: string): void {
  if (fs.existsSync(from)) copyTail(from, 0, to);
}
