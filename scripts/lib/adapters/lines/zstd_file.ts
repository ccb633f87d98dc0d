import fs from 'node:fs';
import { SyncError } from '../../domain/codes/errors.ts';
import { openToRead } from '../open_files/distrusted_path.ts';
import { orUnreadable } from './unreadable.ts';
import { ZstdDecoder } from './zstd_decoder.ts';
import { piecesOf, ZstdFault } from './zstd_pieces.ts';

/** Decoded bytes from which on the proportion is looked at, and how many of them may come out of one byte; rollouts give 3 to 100. */
const BEYOND_SUSPICION = 256 << 20;
const MOST_PER_BYTE = 2000;

/** What is read at once; the largest piece fits twice. */
const READ_BYTES = 512 << 10;

/**
 * The decoded bytes of a .zst file, from the first one on, in order: any number of frames and skippable frames. Some 600 KB of memory
 * and the window of the frame, however much comes out of it. What is damaged or cut short is refused with `malformed_rollout`, at the
 * latest where the damage lies; a frame without a checksum (Codex writes none) can hide a changed byte, as it would from Codex.
 */
export class ZstdFile {
  readonly #file: string;
  readonly #handle: number;
  readonly #decoder = new ZstdDecoder();
  readonly #pieces = piecesOf({ see: (length) => this.#see(length), pass: (length) => this.#pass(length) });
  #ahead = Buffer.alloc(0);
  #readAt = 0;
  #decoded: Buffer[] = [];
  #given = 0;
  #isOpen = true;

  constructor(file: string) {
    this.#file = file;
    this.#handle = orUnreadable(file, () => openToRead(file));
  }

  /** Puts up to `length` bytes at `target[at]` and tells how many; 0 only at the end. */
  read(target: Buffer, at: number, length: number): number {
    if (length === 0 || !this.#decodeMore()) return 0;
    const first = this.#decoded[0] as Buffer;
    const count = first.copy(target, at, 0, length);
    if (count === first.length) this.#decoded.shift();
    else this.#decoded[0] = first.subarray(count);
    return this.#counted(count);
  }

  /** What decodes for hours or fills the disk is refused before that. */
  #counted(count: number): number {
    this.#given += count;
    if (this.#given > BEYOND_SUSPICION && this.#given > this.#readAt * MOST_PER_BYTE)
      throw this.#malformed(`it expands to more than ${MOST_PER_BYTE} times its size`);
    return count;
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#decoder.close();
    fs.closeSync(this.#handle);
  }

  /** False at the end of a file that ends where a frame does. */
  #decodeMore(): boolean {
    try {
      while (this.#decoded.length === 0) {
        const { value: piece, done } = this.#pieces.next();
        if (done) return this.#ended();
        this.#decoded = this.#decoder.decode(piece);
      }
      return true;
    } catch (error) {
      throw error instanceof ZstdFault ? this.#malformed(error.message) : error;
    }
  }

  #ended(): false {
    if (this.#readAt === 0) throw new ZstdFault('it is empty');
    return false;
  }

  #see(length: number): Buffer {
    if (this.#ahead.length < length) this.#readAhead();
    return this.#ahead.subarray(0, length);
  }

  #pass(length: number): void {
    this.#ahead = this.#ahead.subarray(length);
  }

  #readAhead(): void {
    const bytes = Buffer.allocUnsafe(READ_BYTES);
    let filled = this.#ahead.copy(bytes);
    for (let count = -1; count !== 0 && filled < bytes.length; filled += count) {
      count = orUnreadable(this.#file, () => fs.readSync(this.#handle, bytes, filled, bytes.length - filled, this.#readAt));
      this.#readAt += count;
    }
    this.#ahead = bytes.subarray(0, filled);
  }

  #malformed(reason: string): SyncError {
    return new SyncError('malformed_rollout', `A compressed rollout cannot be decompressed: ${reason}.`, {
      where: `${this.#file} at byte ${this.#readAt - this.#ahead.length}`,
    });
  }
}
