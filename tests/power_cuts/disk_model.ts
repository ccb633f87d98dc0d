// What a disk may hold when the power goes. A call has its effect at once for every process, but not on the disk: there it comes when it
// likes, alone or with others, unless a sync has fetched it before. As in ALICE (OSDI '14) and SQLite's own crash tests:
// - The sync of a file brings its bytes, size and times; that of a folder the entries that were made, renamed or removed in it.
// - The sync of a new file does not bring its entry; only the folder's does.
// - What was not synced may be there or not, each for itself, but for one name only in order. A write may be there in part, with NULs for the rest.
// - A rename is there as a whole or not at all.

import fs from 'node:fs';
import path from 'node:path';
import type { DiskCall } from './disk_call.ts';

type Inode = number;
type Content = { bytes: Buffer; mtime: number };
type Entry = { folder: Inode; name: string };

/** What one call does to inodes. An `entries` effect makes each name stand for an inode, or for nothing. */
export type Effect =
  | { kind: 'entries'; set: (Entry & { inode: Inode | null })[]; removes: Inode | null }
  | { kind: 'write'; inode: Inode; at: number; bytes: Buffer }
  | { kind: 'resize'; inode: Inode; size: number }
  | { kind: 'times'; inode: Inode; mtime: number }
  | { kind: 'sync'; inode: Inode };

type Folders = Map<Inode, Map<string, Inode>>;

/** The part of a file that a write has reached: all of it, a half in whole sectors, or its size alone. */
export type Reach = 'whole' | 'first_half' | 'second_half' | 'size_only';
export const TORN: readonly Reach[] = ['first_half', 'second_half', 'size_only'];

const SECTOR = 512;
/** The time of a file that was written and whose time was not set: any, and none that somebody expects. */
const UNSET = 946_684_800_000;
const ROOT: Inode = 0;

/** A tree as paths: null is a folder. */
export type Tree = Map<string, Content | null>;

export class DiskModel {
  readonly effects: Effect[] = [];
  readonly calls: DiskCall[] = [];
  readonly #root: string;
  readonly #folders: Folders = new Map();
  readonly #contents = new Map<Inode, Content>();
  /** What every process sees by now, for finding the inode of a path. */
  readonly #now: Folders;
  readonly #sizes = new Map<Inode, number>();
  #next = 1;

  constructor(root: string) {
    this.#root = root;
    this.#read(root, ROOT);
    this.#now = new Map([...this.#folders].map(([inode, names]) => [inode, new Map(names)]));
  }

  #read(folder: string, inode: Inode): void {
    const names = new Map<string, Inode>();
    this.#folders.set(inode, names);
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const place = path.join(folder, entry.name);
      const child = this.#next++;
      names.set(entry.name, child);
      if (entry.isDirectory()) this.#read(place, child);
      else this.#contents.set(child, { bytes: fs.readFileSync(place), mtime: fs.statSync(place).mtimeMs });
    }
  }

  /** Calls on files that have no name any more change nothing that a crash could show. */
  add(call: DiskCall): void {
    const effect = this.#effectOf(call);
    if (effect === null) return;
    this.calls.push(call);
    this.effects.push(effect);
    if (effect.kind === 'entries') applyEntries(this.#now, effect);
  }

  sizeOf(file: string): number {
    const inode = this.#find(file);
    if (inode === null) return 0;
    return this.#sizes.get(inode) ?? this.#contents.get(inode)?.bytes.length ?? 0;
  }

  #effectOf(call: DiskCall): Effect | null {
    if (call.kind === 'create' || call.kind === 'mkdir') {
      const inode = this.#next++;
      if (call.kind === 'mkdir') {
        this.#now.set(inode, new Map());
        this.#folders.set(inode, new Map());
      }
      return { kind: 'entries', set: [{ ...this.#entry(call.path), inode }], removes: null };
    }
    const inode = this.#find(call.path);
    if (inode === null) return null;
    switch (call.kind) {
      case 'unlink':
        return { kind: 'entries', set: [{ ...this.#entry(call.path), inode: null }], removes: null };
      case 'rmdir':
        return { kind: 'entries', set: [{ ...this.#entry(call.path), inode: null }], removes: inode };
      case 'rename':
        return {
          kind: 'entries',
          set: [
            { ...this.#entry(call.path), inode: null },
            { ...this.#entry(call.to), inode },
          ],
          removes: null,
        };
      case 'write':
        this.#sizes.set(inode, Math.max(this.sizeOf(call.path), call.at + call.bytes.length));
        return { kind: 'write', inode, at: call.at, bytes: call.bytes };
      case 'resize':
        this.#sizes.set(inode, call.size);
        return { kind: 'resize', inode, size: call.size };
      case 'times':
        return { kind: 'times', inode, mtime: call.mtime };
      case 'sync':
        return { kind: 'sync', inode };
    }
  }

  #entry(file: string): Entry {
    const folder = this.#find(path.dirname(file));
    if (folder === null) throw new Error(`no folder for ${file}`);
    return { folder, name: path.basename(file) };
  }

  #find(file: string): Inode | null {
    const names = path.relative(this.#root, file).split(path.sep).filter(Boolean);
    let at: Inode | undefined = ROOT;
    for (const name of names) at = at === undefined ? undefined : this.#now.get(at)?.get(name);
    return at ?? null;
  }

  /** Right before each sync, and at the end: what the disk may hold at any other moment it may hold at the next of these. */
  moments(): number[] {
    const syncs = [...this.effects.entries()].flatMap(([index, { kind }]) => (kind === 'sync' ? [index] : []));
    return [...syncs, this.effects.length];
  }

  /** Indexes of effects before `end` that no sync before `end` has fetched. */
  pending(end: number): number[] {
    const synced = new Set<Inode>();
    const found: number[] = [];
    for (let index = end - 1; index >= 0; index--) {
      const effect = this.effects[index] as Effect;
      if (this.calls[index]?.isSynced) continue;
      if (effect.kind === 'sync') synced.add(effect.inode);
      else if (!placesOf(effect).some((inode) => synced.has(inode))) found.unshift(index);
    }
    return found;
  }

  /** The effects among `pending` that cannot be there without the one at `index` having come before. */
  dependsOn(index: number, pending: readonly number[]): number[] {
    return pending.filter((earlier) => earlier < index && isTied(this.effects[earlier] as Effect, this.effects[index] as Effect));
  }

  /** The tree with the effects before `end`, of the pending ones only those in `kept`, each as far as it reached. Equal keys are equal trees. */
  tree(end: number, pending: readonly number[], kept: ReadonlyMap<number, Reach>): { key: string; build(): Tree } {
    const left = new Set(pending.filter((index) => !kept.has(index)));
    const folders: Folders = new Map([...this.#folders].map(([inode, names]) => [inode, new Map(names)]));
    const written = new Map<Inode, Written[]>();
    for (let index = 0; index < end; index++) {
      const effect = this.effects[index] as Effect;
      if (left.has(index) || effect.kind === 'sync') continue;
      if (effect.kind === 'entries') applyEntries(folders, effect);
      else written.set(effect.inode, [...(written.get(effect.inode) ?? []), { index, reach: kept.get(index) ?? 'whole' }]);
    }
    const places: [string, Inode | null][] = [];
    const walk = (folder: Inode, place: string): void => {
      for (const [name, inode] of [...(folders.get(folder) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const at = path.join(place, name);
        const isFolder = folders.has(inode);
        places.push([at, isFolder ? null : inode]);
        if (isFolder) walk(inode, at);
      }
    };
    walk(ROOT, '');
    const keyOf = (inode: Inode): string => (written.get(inode) ?? []).map(({ index, reach }) => index + reach).join();
    return {
      key: places.map(([at, inode]) => `${at} ${inode === null ? '' : `${inode} ${keyOf(inode)}`}`).join('\n'),
      build: () =>
        new Map(places.map(([at, inode]) => [at, inode === null ? null : this.#contentOf(inode, written.get(inode) ?? [])])),
    };
  }

  #contentOf(inode: Inode, writes: Written[]): Content {
    const before = this.#contents.get(inode);
    const content = { bytes: Buffer.from(before?.bytes ?? Buffer.alloc(0)), mtime: before?.mtime ?? UNSET };
    for (const { index, reach } of writes) change(content, this.effects[index] as DataEffect, reach);
    return content;
  }
}

type Written = { index: number; reach: Reach };
type DataEffect = Exclude<Effect, { kind: 'entries' | 'sync' }>;

const placesOf = (effect: Effect): Inode[] =>
  effect.kind === 'entries' ? effect.set.map(({ folder }) => folder) : [effect.inode];

/** One name is changed in order; a folder goes after what was in it. Bytes are free: each write for itself. */
function isTied(earlier: Effect, later: Effect): boolean {
  if (earlier.kind !== 'entries' || later.kind !== 'entries') return false;
  if (earlier.set.some(({ folder }) => folder === later.removes)) return true;
  return earlier.set.some((one) => later.set.some((other) => one.folder === other.folder && one.name === other.name));
}

function applyEntries(folders: Folders, { set }: Extract<Effect, { kind: 'entries' }>): void {
  for (const { folder, name, inode } of set) {
    const names = folders.get(folder);
    if (inode === null) names?.delete(name);
    else names?.set(name, inode);
  }
}

/** In place: a file is written in many pieces. */
function change(content: Content, effect: DataEffect, reach: Reach): void {
  content.mtime = effect.kind === 'times' ? effect.mtime : UNSET;
  if (effect.kind === 'resize') content.bytes = resized(content.bytes, effect.size);
  if (effect.kind !== 'write') return;
  const { at, bytes } = effect;
  if (content.bytes.length < at + bytes.length) content.bytes = resized(content.bytes, at + bytes.length);
  const [from, to] = spanOf(at, bytes.length, reach);
  bytes.copy(content.bytes, from, from - at, to - at);
}

const resized = (bytes: Buffer, size: number): Buffer =>
  size <= bytes.length ? Buffer.from(bytes.subarray(0, size)) : Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]);

/** Torn at a sector of the file, so a small write is torn only where it lies on a border. */
function spanOf(at: number, length: number, reach: Reach): [number, number] {
  const end = at + length;
  const middle = Math.max(at, Math.floor((at + length / 2) / SECTOR) * SECTOR);
  if (reach === 'first_half') return [at, middle];
  if (reach === 'second_half') return [middle, end];
  return reach === 'whole' ? [at, end] : [end, end];
}
