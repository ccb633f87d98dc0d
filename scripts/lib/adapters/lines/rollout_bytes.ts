// The bytes of a rollout, whether it lies there plain or compressed. All offsets and lengths count decoded bytes.

import fs from 'node:fs';
import { compressed, isCompressed } from '../../domain/ids/rollout_name.ts';
import { CHUNK, giveChunk, takeChunk } from '../open_files/chunks.ts';
import { openToRead, statToRead } from '../open_files/distrusted_path.ts';
import { isThere } from '../paths/entries.ts';
import { orUnreadable } from './unreadable.ts';
import { ZstdFile } from './zstd_file.ts';

/** Puts up to `length` bytes at `target[at]` and tells how many; 0 at the end. */
export type ByteSource = { read(target: Buffer, at: number, length: number): number; close(): void };

/** A plain file is entered at `from`; a compressed one is decoded up to there. */
export function openBytes(file: string, from: number): ByteSource {
  if (!isCompressed(file)) return new PlainFile(file, from);
  const source = new ZstdFile(file);
  try {
    skip(source, from);
    return source;
  } catch (error) {
    source.close();
    throw error;
  }
}

class PlainFile implements ByteSource {
  readonly #file: string;
  readonly #handle: number;
  #position: number;

  constructor(file: string, from: number) {
    this.#file = file;
    this.#handle = orUnreadable(file, () => openToRead(file));
    this.#position = from;
  }

  read(target: Buffer, at: number, length: number): number {
    const count = orUnreadable(this.#file, () => fs.readSync(this.#handle, target, at, length, this.#position));
    this.#position += count;
    return count;
  }

  close(): void {
    fs.closeSync(this.#handle);
  }
}

/** Passes over up to `bytes` and tells how many there were. */
function skip(source: ByteSource, bytes: number): number {
  const scratch = takeChunk();
  try {
    let skipped = 0;
    for (let count = -1; count !== 0 && skipped < bytes; skipped += count)
      count = source.read(scratch, 0, Math.min(CHUNK, bytes - skipped));
    return skipped;
  } finally {
    giveChunk(scratch);
  }
}

/** Where reading ends: known of a plain file; of a compressed one only who reads it to the end knows. */
export const knownEnd = (file: string): number => (isCompressed(file) ? Number.POSITIVE_INFINITY : (statToRead(file)?.size ?? 0));

/** Length of the content. Decodes a compressed file, and so vouches for it. */
export function contentSize(file: string): number {
  if (!isCompressed(file)) return knownEnd(file);
  const source = new ZstdFile(file);
  try {
    return skip(source, Number.POSITIVE_INFINITY);
  } finally {
    source.close();
  }
}

/** The form in which a rollout lies there, by its plain path; the plain path where it lies there in neither. */
export const formOnDisk = (plain: string): string => (!isThere(plain) && isThere(compressed(plain)) ? compressed(plain) : plain);
