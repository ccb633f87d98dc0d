// Writes a package straight into a zip: each byte is read, compressed and hashed once, and lies nowhere else meanwhile. `minizlib` makes Node's
// own compressor synchronous, as it does the decoder of rollouts.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import { crc32 } from 'node:zlib';
import type { DeflateRaw } from 'minizlib';
import type { FileState } from '../../domain/operation/operation.ts';
import { openNew } from '../disk/file_modes.ts';
import { writeAll } from '../disk/file_writing.ts';
import { WriteBehind } from '../disk/write_behind.ts';
import { CHUNK } from '../open_files/chunks.ts';
import type { NewFile, PackageTarget } from '../package/package_target.ts';
import { StreamHash } from '../run/background_hash.ts';
import { stopIfInterrupted } from '../run/interruption.ts';
import { centralHeader, endOfArchive, IN_ZIP64, localHeader, type ZipEntry } from './zip_records.ts';

const load = createRequire(import.meta.url);

/** Half the default's time for a twentieth more bytes, on conversations. */
const LEVEL = 4;

/** A new file for this user alone. Not a zip until `finish` has returned; then it is on the disk. `close` is for when that is never reached. */
export class ZipWriter implements PackageTarget {
  readonly #handle: number;
  readonly #behind: WriteBehind;
  readonly #entries: ZipEntry[] = [];
  /** Small pieces are gathered here; one file at a time is open. */
  readonly #pieces = Buffer.allocUnsafe(CHUNK);
  #isOpen = true;
  #at = 0;

  constructor(file: string) {
    this.#handle = openNew(file, 'private');
    this.#behind = new WriteBehind(file);
  }

  makeFolder(name: string): void {
    const entry = { ...this.#begin(`${name}/`), mtime: Date.now() };
    this.#append(localHeader(entry, false));
    this.#entries.push(entry);
  }

  open(name: string, expectedBytes = 0): NewFile {
    const entry: ZipEntry = { ...this.#begin(name), method: 'deflated' };
    const isLarge = expectedBytes >= IN_ZIP64 / 2;
    this.#append(localHeader(entry, isLarge));
    return new NewEntry(entry, expectedBytes, this.#output(entry, isLarge));
  }

  /** Size of the whole file, in bytes. */
  finish(): number {
    const at = this.#at;
    for (const entry of this.#entries) this.#append(centralHeader(entry));
    this.#append(endOfArchive(this.#entries.length, at, this.#at - at));
    fs.fsyncSync(this.#handle);
    this.close();
    return this.#at;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    fs.closeSync(this.#handle);
    this.#behind.end();
  }

  #begin(name: string): ZipEntry {
    return { name, mtime: 0, method: 'stored', crc: 0, compressed: 0, size: 0, offset: this.#at };
  }

  #output(begun: ZipEntry, isLarge: boolean): Output {
    return {
      pieces: this.#pieces,
      append: (bytes) => this.#append(bytes),
      finish: (entry) => {
        if (!isLarge && Math.max(entry.size, entry.compressed) >= IN_ZIP64)
          throw new Error(`${entry.name} is larger than was expected`);
        writeAll(this.#handle, localHeader(entry, isLarge), entry.offset);
        this.#entries.push(entry);
      },
      discard: () => {
        fs.ftruncateSync(this.#handle, begun.offset);
        this.#at = begun.offset;
      },
    };
  }

  #append(bytes: Buffer): void {
    stopIfInterrupted();
    writeAll(this.#handle, bytes, this.#at);
    this.#at += bytes.length;
    this.#behind.wrote(bytes.length);
  }
}

type Output = { pieces: Buffer; append(bytes: Buffer): void; finish(entry: ZipEntry): void; discard(): void };

class NewEntry implements NewFile {
  readonly #entry: ZipEntry;
  readonly #output: Output;
  readonly #hash: StreamHash;
  readonly #deflate: DeflateRaw;
  #used = 0;
  #compressed: Buffer[] = [];
  size = 0;

  constructor(entry: ZipEntry, expectedBytes: number, output: Output) {
    this.#entry = { ...entry };
    this.#output = output;
    this.#hash = new StreamHash(expectedBytes);
    const { DeflateRaw: Stream } = load('minizlib') as typeof import('minizlib');
    this.#deflate = new Stream({ level: LEVEL });
    this.#deflate.on('data', (bytes) => this.#compressed.push(bytes as unknown as Buffer));
  }

  write(bytes: Buffer): void {
    this.size += bytes.length;
    if (bytes.length > CHUNK - this.#used) this.#flush();
    if (bytes.length >= CHUNK) this.#put(bytes);
    else this.#used += bytes.copy(this.#output.pieces, this.#used);
  }

  finish(mtime: number): FileState {
    this.#flush();
    this.#deflate.end();
    this.#pass();
    this.#deflate.close();
    Object.assign(this.#entry, { mtime, size: this.size });
    this.#output.finish(this.#entry);
    return { size: this.size, mtime, digest: this.#hash.digest() };
  }

  discard(): void {
    this.#deflate.close();
    this.#output.discard();
  }

  #flush(): void {
    this.#put(this.#output.pieces.subarray(0, this.#used));
    this.#used = 0;
  }

  #put(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#hash.update(bytes);
    this.#entry.crc = crc32(bytes, this.#entry.crc);
    this.#deflate.write(bytes);
    this.#pass();
  }

  #pass(): void {
    for (const bytes of this.#compressed) {
      this.#output.append(bytes);
      this.#entry.compressed += bytes.length;
    }
    this.#compressed = [];
  }
}
