import fs from 'node:fs';
import { SyncError } from '../../domain/codes/errors.ts';
import { openToRead } from '../disk/distrusted_path.ts';
import { orUnreadable } from './unreadable.ts';
import { ZstdFault, ZstdStream } from './zstd_decoder.ts';

/** Decoded bytes from which on the proportion is looked at, and how many of them may come out of one byte; rollouts give 3 to 100. */
const BEYOND_SUSPICION = 256 << 20;
const MOST_PER_BYTE = 2000;

/**
 * The decoded bytes of a .zst file, from the first one on, in order: any number of frames and skippable frames. Some 300 KB of memory
 * and the window of the frame, however much comes out of it. What is damaged or cut short is refused with `malformed_rollout`, at the
 * latest where the damage lies; a frame without a checksum (Codex writes none) can hide a changed byte, as it would from Codex.
 */
export class ZstdFile {
  readonly #file: string;
  readonly #handle: number;
  readonly #stream = new ZstdStream();
  #readAt = 0;
  #given = 0;
  #isOpen = true;

  constructor(file: string) {
    this.#file = file;
    this.#handle = orUnreadable(file, () => openToRead(file));
  }

  /** Puts up to `length` bytes at `target[at]` and tells how many; 0 only at the end. */
  read(target: Buffer, at: number, length: number): number {
    if (length === 0) return 0;
    for (;;) {
      const count = this.#stream.take(target, at, length);
      if (count > 0) return this.#counted(count);
      if (this.#stream.needsInput && !this.#refill()) return 0;
      this.#decode();
    }
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
    this.#stream.close();
    fs.closeSync(this.#handle);
  }

  /** False at the end of a file that ends where a frame does. */
  #refill(): boolean {
    const room = this.#stream.room();
    const count = orUnreadable(this.#file, () => fs.readSync(this.#handle, room, { position: this.#readAt }));
    this.#stream.accept(count);
    this.#readAt += count;
    if (count > 0) return true;
    if (this.#readAt === 0) throw this.#malformed('it is empty');
    if (!this.#stream.isBetweenFrames) throw this.#malformed('it is truncated');
    return false;
  }

  #decode(): void {
    try {
      this.#stream.decode();
    } catch (error) {
      throw error instanceof ZstdFault ? this.#malformed(error.message) : error;
    }
  }

  #malformed(reason: string): SyncError {
    return new SyncError('malformed_rollout', `A compressed rollout cannot be decompressed: ${reason}.`, {
      where: `${this.#file} at byte ${this.#readAt}`,
    });
  }
}
