// The calls that this process makes by `fs`, and what SQLite has committed meanwhile.

import fs from 'node:fs';
import path from 'node:path';
import Database from 'better-sqlite3';
import type { DiskCall } from './disk_call.ts';

type AnyCall = (...words: unknown[]) => unknown;

const NAMES = [
  'openSync',
  'closeSync',
  'writeSync',
  'ftruncateSync',
  'futimesSync',
  'fsyncSync',
  'renameSync',
  'mkdirSync',
  'mkdtempSync',
  'unlinkSync',
  'rmdirSync',
];

/** Runs `work` and gives each call that changed something below `root`, in order. */
export function ownCalls(root: string, work: () => void): DiskCall[] {
  const recorder = new Recorder(root);
  const originals: [object, string, AnyCall][] = [];
  const replace = (owner: object, name: string, instead: (original: AnyCall, words: unknown[]) => unknown): void => {
    const original = (owner as Record<string, AnyCall>)[name] as AnyCall;
    originals.push([owner, name, original]);
    (owner as Record<string, AnyCall>)[name] = function (this: unknown, ...words: unknown[]) {
      return instead(original.bind(this), [...words, this]);
    };
  };
  for (const name of NAMES)
    replace(fs, name, (original, words) => recorder.call(name, words.slice(0, -1), () => original(...words.slice(0, -1))));
  for (const name of ['exec', 'close'])
    replace(Database.prototype, name, (original, words) => {
      const result = original(...words.slice(0, -1));
      recorder.databaseMayHaveChanged((words.at(-1) as Database.Database).name);
      return result;
    });
  try {
    work();
    return recorder.calls;
  } finally {
    for (const [owner, name, original] of originals) (owner as Record<string, AnyCall>)[name] = original;
  }
}

type Handle = { path: string; position: number | null };

class Recorder {
  readonly calls: DiskCall[] = [];
  readonly #root: string;
  readonly #handles = new Map<number, Handle>();
  readonly #images = new Map<string, Buffer | null>();

  constructor(root: string) {
    this.#root = root;
    for (const name of fs.readdirSync(root, { recursive: true }) as string[])
      if (/\.sqlite(-wal|-journal)?$/.test(name)) this.#images.set(path.join(root, name), fs.readFileSync(path.join(root, name)));
  }

  call(name: string, words: unknown[], original: () => unknown): unknown {
    const [first, second] = words;
    const file = typeof first === 'string' ? path.resolve(first) : '';
    const handle = this.#handles.get(first as number);
    const existed = file !== '' && fs.existsSync(file);
    const missing = name === 'mkdirSync' ? missingTo(file) : [];
    const result = original();
    switch (name) {
      case 'openSync':
        this.#opened(file, String(second ?? 'r'), existed, result as number);
        break;
      case 'closeSync':
        this.#handles.delete(first as number);
        break;
      case 'writeSync':
        if (handle) this.#wrote(handle, words, result as number);
        break;
      case 'ftruncateSync':
        if (handle) this.#add({ kind: 'resize', path: handle.path, size: Number(second) });
        break;
      case 'futimesSync':
        if (handle) this.#add({ kind: 'times', path: handle.path, mtime: Number(words[2]) * 1000 });
        break;
      case 'fsyncSync':
        if (handle) this.#add({ kind: 'sync', path: handle.path });
        break;
      case 'renameSync':
        this.#renamed(file, path.resolve(String(second)));
        break;
      case 'mkdirSync':
        for (const folder of missing) this.#add({ kind: 'mkdir', path: folder });
        break;
      case 'mkdtempSync':
        this.#add({ kind: 'mkdir', path: String(result) });
        break;
      case 'rmdirSync':
        this.#add({ kind: 'rmdir', path: file });
        break;
      case 'unlinkSync':
        this.#add({ kind: 'unlink', path: file });
        break;
      default:
        throw new Error(`unknown call ${name}`);
    }
    return result;
  }

  /** Whatever SQLite did, it did in its own order and synced it. */
  databaseMayHaveChanged(file: string): void {
    for (const place of [`${file}-wal`, `${file}-journal`, file]) {
      if (!this.#isBelow(place) || place.includes('writer.lock')) continue;
      const bytes = fs.existsSync(place) ? fs.readFileSync(place) : null;
      const known = this.#images.get(place) ?? null;
      if (bytes === null ? known === null : known?.equals(bytes)) continue;
      this.#images.set(place, bytes);
      if (bytes === null) this.#add({ kind: 'unlink', path: place, isSynced: true });
      else {
        if (known === null) this.#add({ kind: 'create', path: place, isSynced: true });
        this.#add({ kind: 'resize', path: place, size: bytes.length, isSynced: true });
        this.#add({ kind: 'write', path: place, at: 0, bytes, isSynced: true });
      }
    }
  }

  #opened(file: string, flags: string, existed: boolean, handle: number): void {
    if (!this.#isBelow(file)) return;
    const isFresh = flags.startsWith('w') || (flags.startsWith('a') && !existed);
    if (isFresh && !existed) this.#add({ kind: 'create', path: file });
    else if (flags.startsWith('w')) this.#add({ kind: 'resize', path: file, size: 0 });
    this.#handles.set(handle, { path: file, position: flags.startsWith('a') ? null : 0 });
  }

  #wrote(handle: Handle, words: unknown[], count: number): void {
    const [, given, start = 0, , position = null] = words as [number, Buffer | string, number, number, number | null];
    const bytes = Buffer.from(typeof given === 'string' ? Buffer.from(given) : given.subarray(start, start + count));
    const at = position ?? handle.position ?? fs.statSync(handle.path).size - count;
    if (position === null && handle.position !== null) handle.position += count;
    this.#add({ kind: 'write', path: handle.path, at, bytes });
  }

  #renamed(from: string, to: string): void {
    this.#add({ kind: 'rename', path: from, to });
    if (this.#images.has(from)) this.#images.set(to, this.#images.get(from) ?? null);
    this.#images.delete(from);
  }

  #isBelow(file: string): boolean {
    return file === this.#root || file.startsWith(this.#root + path.sep);
  }

  #add(call: DiskCall): void {
    if (this.#isBelow(call.path)) this.calls.push(call);
    if (call.kind === 'unlink') this.#images.delete(call.path);
  }
}

function missingTo(folder: string): string[] {
  const missing: string[] = [];
  for (let at = folder; !fs.existsSync(at); at = path.dirname(at)) missing.unshift(at);
  return missing;
}
