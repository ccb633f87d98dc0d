// Files that are written by us, on the disk when the call returns. What changes bytes is called by the transaction only.

import fs from 'node:fs';
import type { FileState } from '../../domain/operation/operation.ts';
import { CHUNK } from '../open_files/chunks.ts';
import { openToWrite, withHandle } from '../open_files/handles.ts';
import { StreamHash } from '../run/background_hash.ts';
import { stopIfInterrupted } from '../run/interruption.ts';
import { openNew, type Readers, unlessUnknown } from './file_modes.ts';
import { readChunks, statFile } from './file_reading.ts';
import { moveFile } from './folders.ts';
import { removeAt } from './removal.ts';
import { WriteBehind } from './write_behind.ts';

/** A new file that is written once, in pieces, and is on the disk when `finish` returns. Small pieces are gathered. `writeNew` closes it. */
export class FileWriter {
  readonly #handle: number;
  readonly #hash: StreamHash;
  readonly #behind: WriteBehind;
  readonly #gathered = Buffer.allocUnsafe(CHUNK);
  #used = 0;
  #isOpen = true;
  size = 0;

  /** `expectedBytes` only decides how the digest is computed. */
  constructor(file: string, expectedBytes = 0, readers: Readers = 'private') {
    this.#hash = new StreamHash(expectedBytes);
    this.#handle = openNew(file, readers);
    this.#behind = new WriteBehind(file);
  }

  write(bytes: Buffer): void {
    this.size += bytes.length;
    if (bytes.length > CHUNK - this.#used) this.#flush();
    if (bytes.length >= CHUNK) this.#put(bytes);
    else this.#used += bytes.copy(this.#gathered, this.#used);
  }

  /** Syncs, closes and tells what was written. */
  finish(mtime: number): FileState {
    this.#flush();
    fs.futimesSync(this.#handle, Date.now() / 1000, mtime / 1000);
    fs.fsyncSync(this.#handle);
    this.close();
    return { size: this.size, mtime, digest: this.#hash.digest() };
  }

  #flush(): void {
    this.#put(this.#gathered.subarray(0, this.#used));
    this.#used = 0;
  }

  #put(bytes: Buffer): void {
    this.#hash.update(bytes);
    stopIfInterrupted();
    writeAll(this.#handle, bytes);
    this.#behind.wrote(bytes.length);
  }

  /** Without `finish` what was written is not whole. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    fs.closeSync(this.#handle);
    this.#behind.end();
  }
}

/** A new file, which `work` fills and finishes. It is closed on a failure, too: Windows removes no folder with an open file in it. */
export function writeNew<Result>(
  file: string,
  work: (writer: FileWriter) => Result,
  readers: Readers = 'private',
  expectedBytes = 0,
): Result {
  const writer = new FileWriter(file, expectedBytes, readers);
  try {
    return work(writer);
  } finally {
    writer.close();
  }
}

/** At the end of what was written, unless a position is named: the system may take a part at a time. */
export function writeAll(handle: number, bytes: Buffer, position: number | null = null): void {
  for (let done = 0; done < bytes.length; )
    done += fs.writeSync(handle, bytes, done, bytes.length - done, position === null ? null : position + done);
}

/** Adds the source's bytes at `position`, syncs, and sets the time. Written again after a crash, it gives the same file. */
export function appendFrom(source: string, target: string, position: number, mtime: number): void {
  withHandle(openToWrite(target, 'r+'), (handle) => {
    let at = position;
    readChunks(source, 0, Number.POSITIVE_INFINITY, (chunk) => {
      writeAll(handle, chunk, at);
      at += chunk.length;
    });
    setTime(handle, mtime);
    fs.fsyncSync(handle);
  });
}

export function truncateFile(file: string, size: number, mtime: number): void {
  withHandle(openToWrite(file, 'r+'), (handle) => {
    fs.ftruncateSync(handle, size);
    setTime(handle, mtime);
    fs.fsyncSync(handle);
  });
}

/** Only its owner may set the time of a file; others may still write to it. */
const setTime = (handle: number, mtime: number): void =>
  unlessUnknown(() => fs.futimesSync(handle, Date.now() / 1000, mtime / 1000));

/** Copies bytes `start` to the end of `source` into a new file. */
export function copyTail(source: string, start: number, target: string, readers: Readers = 'private'): FileState {
  const mtime = statFile(source)?.mtime ?? 0;
  return writeNew(
    target,
    (writer) => {
      readChunks(source, start, Number.POSITIVE_INFINITY, (chunk) => writer.write(Buffer.from(chunk)));
      return writer.finish(mtime);
    },
    readers,
  );
}

export const writeNewText = (file: string, text: string | Buffer, readers?: Readers): FileState =>
  writeNew(
    file,
    (writer) => {
      writer.write(Buffer.from(text));
      return writer.finish(Date.now());
    },
    readers,
  );

/** Readers see the old text or the new, never a part; the new one is on the disk when this returns. */
export function replaceFile(file: string, text: string): void {
  const temporary = `${file}.new`;
  removeAt(temporary);
  writeNewText(temporary, text);
  moveFile(temporary, file);
}
