// The calls of a program of its own, SQLite's among them, as strace saw them.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { DiskCall } from './disk_call.ts';

const CALLS =
  'open,openat,creat,write,pwrite64,writev,pwritev,ftruncate,truncate,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,utimensat,fallocate,copy_file_range,sendfile';

/** Whether this machine has strace and lets it look. */
export const canTrace = (): boolean => spawnSync('strace', ['-o', '/dev/null', 'true']).status === 0;

/** Runs `command` and gives each call that changed something below `root`, in order. */
export function tracedCalls(command: string[], root: string, environment: NodeJS.ProcessEnv): DiskCall[] {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'traced-'));
  const output = path.join(folder, 'calls');
  try {
    const flags = ['-f', '-y', '-xx', '-s', '100000000', '-o', output, '-e', `trace=${CALLS}`];
    const reader = new TraceReader(root);
    const { status, stderr } = spawnSync('strace', [...flags, ...command], { env: environment, encoding: 'utf8' });
    if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}\n${stderr}`);
    for (const line of whole(fs.readFileSync(output, 'latin1').split('\n'))) reader.read(line);
    return reader.calls;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

/** A call that another thread came into is on two lines. */
function* whole(lines: string[]): Generator<string> {
  const begun = new Map<string, string>();
  for (const line of lines) {
    const pid = /^\d+/.exec(line)?.[0] ?? '';
    if (line.endsWith('<unfinished ...>')) begun.set(pid, line.slice(0, -'<unfinished ...>'.length));
    else if (line.includes(' resumed>'))
      yield (begun.get(pid) ?? '') + line.slice(line.indexOf(' resumed>') + ' resumed>'.length);
    else yield line;
  }
}

const unhex = (text: string): Buffer => Buffer.from(text.replaceAll('\\x', ''), 'hex');

type Arguments = { handle: number; file: string | null; texts: Buffer[]; plain: string; result: number };

/** Made before the run: it must know what was there. */
class TraceReader {
  readonly calls: DiskCall[] = [];
  readonly #root: string;
  /** Where the next write of a handle goes; null appends. */
  readonly #positions = new Map<number, number | null>();
  readonly #existing = new Set<string>();
  readonly #sizes = new Map<string, number>();

  constructor(root: string) {
    this.#root = root;
    for (const name of fs.readdirSync(root, { recursive: true }) as string[]) {
      const place = path.join(root, name);
      this.#existing.add(place);
      this.#sizes.set(place, fs.statSync(place).size);
    }
  }

  read(line: string): void {
    const match = /^\d+\s+(\w+)\((.*)\)\s+= (-?\d+)/s.exec(line);
    if (!match) return;
    const [, name = '', words = '', result = ''] = match;
    if (Number(result) < 0) return;
    this.#call(name, argumentsOf(words, Number(result)), line);
  }

  #call(name: string, words: Arguments, line: string): void {
    const file = words.file;
    const first = words.texts[0] ? path.resolve(words.texts[0].toString()) : '';
    switch (name) {
      case 'open':
      case 'openat':
        return this.#open(first, words);
      case 'write':
      case 'pwrite64':
        return file === null ? undefined : this.#write(name, file, words);
      case 'fsync':
      case 'fdatasync':
        return file === null ? undefined : this.#add({ kind: 'sync', path: file });
      case 'ftruncate':
        if (file === null) return;
        this.#sizes.set(file, Number(words.plain.split(',')[1]));
        return this.#add({ kind: 'resize', path: file, size: Number(words.plain.split(',')[1]) });
      case 'utimensat':
        return file === null ? undefined : this.#add({ kind: 'times', path: file, mtime: mtimeOf(words.plain) });
      case 'rename': {
        const to = path.resolve((words.texts[1] as Buffer).toString());
        if (this.#sizes.has(first)) this.#sizes.set(to, this.#sizes.get(first) as number);
        return this.#add({ kind: 'rename', path: first, to });
      }
      case 'unlink':
      case 'rmdir':
      case 'mkdir':
        return this.#add({ kind: name, path: first });
      default:
        if (line.includes(hexOf(this.#root))) throw new Error(`a call that the model does not know: ${line.slice(0, 300)}`);
    }
  }

  #open(file: string, { plain, result }: Arguments): void {
    if (!this.#isBelow(file) || /O_RDONLY/.test(plain)) return;
    const isNew = plain.includes('O_CREAT') && !this.#existing.has(file);
    if (isNew) this.#add({ kind: 'create', path: file });
    if (plain.includes('O_TRUNC')) this.#add({ kind: 'resize', path: file, size: 0 });
    if (isNew || plain.includes('O_TRUNC')) this.#sizes.set(file, 0);
    this.#positions.set(result, plain.includes('O_APPEND') ? null : 0);
  }

  #write(name: string, file: string, { handle, texts, plain, result }: Arguments): void {
    if (!this.#isBelow(file)) return;
    const bytes = (texts[0] as Buffer).subarray(0, result);
    const size = this.#sizes.get(file) ?? null;
    const position = this.#positions.get(handle) ?? null;
    // The last number of a pwrite64; a write goes on where the handle is.
    const at = name === 'pwrite64' ? Number(plain.split(',').at(-1)) : (position ?? size ?? -1);
    if (name === 'write' && position !== null) this.#positions.set(handle, position + bytes.length);
    this.#sizes.set(file, Math.max(size ?? 0, at + bytes.length));
    this.#add({ kind: 'write', path: file, at, bytes });
  }

  #isBelow(file: string): boolean {
    return file === this.#root || file.startsWith(this.#root + path.sep);
  }

  /** The shared memory of a WAL is made anew by whoever opens the database next. */
  #add(call: DiskCall): void {
    const isOurs = this.#isBelow(call.path) && !call.path.endsWith('-shm');
    if (call.kind === 'create' || call.kind === 'mkdir') this.#existing.add(call.path);
    if (call.kind === 'unlink' || call.kind === 'rmdir') this.#existing.delete(call.path);
    if (call.kind === 'rename') {
      this.#existing.delete(call.path);
      this.#existing.add(call.to);
    }
    if (isOurs) this.calls.push(call);
  }
}

const hexOf = (text: string): string => [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('');

function argumentsOf(words: string, result: number): Arguments {
  const handle = /^(\d+)<((?:\\x[0-9a-f]{2})*)>/.exec(words);
  const texts = [...words.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map((match) => unhex(match[1] as string));
  const plain = words.replace(/"(?:\\x[0-9a-f]{2})*"/g, '""').replace(/<(?:\\x[0-9a-f]{2})*>/g, '');
  return { handle: Number(handle?.[1] ?? -1), file: handle ? unhex(handle[2] as string).toString() : null, texts, plain, result };
}

/** The second of two times, in milliseconds. */
function mtimeOf(plain: string): number {
  const times = [...plain.matchAll(/tv_sec=(\d+)(?:[^,]*)?, tv_nsec=(\d+)/g)];
  const [, seconds, nanoseconds] = times[1] ?? [];
  return Number(seconds) * 1000 + Number(nanoseconds) / 1e6;
}
