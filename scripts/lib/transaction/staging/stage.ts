// Step 1 of a transaction: everything that will be written is written to the transaction's own folder first, localized and synced,
// so that the changes to the home itself are only moves, appends and rows.

import type { Readers } from '../../adapters/disk/file_modes.ts';
import { digestFile, statFile } from '../../adapters/disk/file_reading.ts';
import { copyTail } from '../../adapters/disk/file_writing.ts';
import type { JournaledOperation, JournalFolder } from '../../adapters/journal/journal_folder.ts';
import { contentSize, formOnDisk } from '../../adapters/lines/rollout_bytes.ts';
import { trace } from '../../adapters/run/trace.ts';
import { isCompressed, uncompressed } from '../../domain/ids/rollout_name.ts';
import { LINE_END } from '../../domain/json/json_syntax.ts';
import {
  type AppendPoint,
  type FileState,
  type IndexOperation,
  type Operation,
  operationText,
} from '../../domain/operation/operation.ts';
import type { Change, PlannedChange } from '../../domain/plan/plan.ts';
import { sidecarOperations } from '../../domain/sidecar/sidecar.ts';
import { openEndOf } from '../operations/index_file.ts';
import { requireSame, requireUnchanged, stalePlan } from '../operations/stale_plan.ts';
import { stageSidecar } from './empty_sidecar.ts';
import { foldersAbove } from './folders_above.ts';
import { type StagedRollout, writeRollout } from './staged_rollout.ts';

type ChangeOf<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/** Everything that these changes need, on the disk; and the operations that put it in its place. */
export function stageAll(changes: readonly PlannedChange[], journal: JournalFolder): JournaledOperation[] {
  const stage = new Stage(journal);
  for (const change of changes) stage.add(change);
  return stage.operations();
}

class Stage {
  readonly #journal: JournalFolder;
  readonly #operations: JournaledOperation[] = [];
  readonly #folders = new Set<string>();
  /** Size and mtime of the rollouts that this transaction writes, by path. */
  readonly #written = new Map<string, AppendPoint>();
  /** Where the rollouts that it moves lie now, by the path that they get. */
  readonly #moved = new Map<string, string>();
  readonly #openEnds = new Map<string, number | null>();
  #count = 0;

  constructor(journal: JournalFolder) {
    this.#journal = journal;
  }

  add({ change, ...owner }: PlannedChange): void {
    for (const operation of this.#operationsFor(change)) {
      trace('stage', () => operationText(operation));
      this.#operations.push({ ...owner, operation });
    }
  }

  operations(): JournaledOperation[] {
    return this.#operations;
  }

  #operationsFor(change: Change): Operation[] {
    switch (change.kind) {
      case 'create_rollout':
        return this.#create(change);
      case 'append_rollout':
        return isCompressed(change.path) ? this.#materialise(change) : [this.#append(change)];
      case 'move_rollout':
        return this.#move(change);
      case 'copy_file':
        return this.#copy(change);
      case 'create_sidecar':
        return this.#createSidecar(change.path);
      case 'sync_point':
        return this.#syncPoint(change);
      case 'operation':
        if (change.operation.kind === 'make_directory') this.#folders.add(change.operation.path);
        return [change.operation.kind === 'index_entry' ? this.#indexEntry(change.operation) : change.operation];
      default:
        return change satisfies never;
    }
  }

  #create({ path: file, firstLine, ...change }: ChangeOf<'create_rollout'>): Operation[] {
    const staged = this.#nextName();
    // Gaps where the first lines of other files stood would end the history that 0.153.4 shows, so lines are numbered anew.
    const nextOrdinal = firstLine.ownFrom === null ? null : 0;
    const isOther = firstLine.ownFrom !== null || firstLine.modelProvider !== null || firstLine.withoutPlugins;
    const spelling = { nextOrdinal, firstLine: isOther ? firstLine : null, behind: null, opening: null };
    const after = this.#write(staged, { ...change, ...spelling }, 'as_codex');
    this.#written.set(file, after);
    return [...this.#foldersFor(file), { kind: 'create_file', path: file, staged, after }];
  }

  #move({ path: file, to }: ChangeOf<'move_rollout'>): Operation[] {
    this.#written.set(uncompressed(to), statFile(file) as AppendPoint);
    this.#moved.set(to, file);
    return [...this.#foldersFor(to), { kind: 'move_file', path: file, to }];
  }

  #append(change: ChangeOf<'append_rollout'>): Operation {
    const { path: file, end } = change;
    requireUnchanged(this.#placeOf(file), end);
    const staged = this.#nextName();
    const written = this.#write(staged, appended(change, null), 'private');
    const before = { size: end.size, mtime: end.mtime };
    const after = { size: end.size + written.size, mtime: change.mtime };
    this.#written.set(file, after);
    return { kind: 'append_file', path: file, staged, before, after, appended: written.digest };
  }

  /**
   * As Codex does before it appends: the plain file in place of the compressed one, which is kept. That one goes first, so there are never
   * two forms that a Codex could choose from.
   */
  #materialise(change: ChangeOf<'append_rollout'>): Operation[] {
    const { path: file, end } = change;
    const place = this.#placeOf(file);
    requireUnchanged(place, end);
    const plain = uncompressed(file);
    const staged = this.#nextName();
    const after = this.#write(staged, appended(change, place), { like: place });
    this.#written.set(plain, after);
    const before = { size: end.size, mtime: end.mtime, digest: digestFile(place) };
    return [
      { kind: 'remove_file', path: file, kept: staged.replace('staged', 'backups'), before },
      { kind: 'create_file', path: plain, staged, after, held: contentSize(place) },
    ];
  }

  #write(staged: string, rollout: StagedRollout, readers: Readers): FileState {
    requireSame(rollout.lines.source.ranges);
    const written = writeRollout(this.#journal.file(staged), rollout, readers);
    // The change time reveals a file that was exchanged and put back meanwhile.
    requireSame(rollout.lines.source.ranges);
    return written;
  }

  #copy({ path: file, source }: ChangeOf<'copy_file'>): Operation[] {
    requireUnchanged(source.file, source);
    const staged = this.#nextName();
    const after = copyTail(source.file, 0, this.#journal.file(staged), 'as_codex');
    if (after.digest !== source.digest) throw stalePlan(source.file);
    return [...this.#foldersFor(file), { kind: 'create_file', path: file, staged, after }];
  }

  #indexEntry(operation: IndexOperation): IndexOperation {
    const { path: file, action } = operation;
    const openEnd = this.#openEnds.get(file) ?? openEndOf(file);
    this.#openEnds.set(file, openEnd);
    return action === 'remove' || openEnd === null ? operation : { ...operation, openEnd };
  }

  #createSidecar(file: string): Operation[] {
    return [...this.#foldersFor(file), ...stageSidecar(this.#journal, file, this.#nextName())];
  }

  #syncPoint({ path: file, point, transcript, before }: ChangeOf<'sync_point'>): Operation[] {
    const local = this.#written.get(file) ?? statFile(formOnDisk(file));
    if (!local) return [];
    const after = { ...point, incoming_transcript: JSON.stringify(transcript), local_size: local.size, local_mtime: local.mtime };
    return sidecarOperations('sync_points', before, after);
  }

  /** Where a rollout lies now that the transaction may move before. */
  #placeOf(file: string): string {
    return this.#moved.get(file) ?? file;
  }

  #foldersFor(file: string): Operation[] {
    const made = foldersAbove(file).filter(({ path }) => !this.#folders.has(path));
    for (const { path } of made) this.#folders.add(path);
    return made;
  }

  #nextName(): string {
    return `staged/${this.#count++}`;
  }
}

const appended = ({ end, ...change }: ChangeOf<'append_rollout'>, behind: string | null): StagedRollout => ({
  ...change,
  nextOrdinal: end.nextOrdinal,
  firstLine: null,
  behind,
  opening: end.isTorn ? LINE_END : null,
});
