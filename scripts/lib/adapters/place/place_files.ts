// Files of a place. They are written whole or not at all, and never again: what lies under a name has the hash that the name says.

import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { hashIn, UNFINISHED } from '../../domain/exchange/place_layout.ts';
import { FileWriter } from '../disk/file_writing.ts';
import { makeFolder, moveFile } from '../disk/folders.ts';
import { failAfter, removeAt } from '../disk/removal.ts';
import type { Place } from './place.ts';
import type { Seal } from './seal.ts';

/** As names and pieces have it: SHA-256, hexadecimal. */
export const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

export class PlaceFiles {
  readonly place: Place;
  readonly seal: Seal;

  constructor(place: Place, seal: Seal) {
    this.place = place;
    this.seal = seal;
  }

  /** Of one folder, in order. Empty where there is none (yet). */
  namesIn(folder: string): string[] {
    try {
      return fs.readdirSync(this.#pathOf(folder)).sort();
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
      throw error;
    }
  }

  has = (name: string): boolean => fs.lstatSync(this.#pathOf(name), { throwIfNoEntry: false })?.isFile() === true;

  /** Null where it is not there, or not (yet) what its name says, or closed with another key. */
  async read(name: string): Promise<Buffer | null> {
    const bytes = this.#stored(name);
    return bytes && this.seal.open(bytes);
  }

  /** Why `read` gives nothing. */
  whyUnread(name: string): string {
    if (!this.has(name)) return 'it has not arrived';
    return this.#stored(name) ? 'it cannot be opened with the key of this exchange' : 'it has not arrived whole, or was changed';
  }

  /** `nameOf`: the name of what has this hash; `before` is told it. Nothing is written where it is there already. */
  async write(
    nameOf: (hash: string) => string,
    content: Buffer,
    before: (name: string, hash: string) => void = () => {},
  ): Promise<{ name: string; hash: string }> {
    const bytes = await this.seal.close(content);
    const hash = hashOf(bytes);
    const name = nameOf(hash);
    before(name, hash);
    if (this.#stored(name) === null) this.#store(name, bytes);
    return { name, hash };
  }

  #stored(name: string): Buffer | null {
    if (!this.has(name)) return null;
    const bytes = fs.readFileSync(this.#pathOf(name));
    return hashOf(bytes) === hashIn(path.posix.basename(name)) ? bytes : null;
  }

  /** Read again before it counts: a share may have kept less than it took. */
  #store(name: string, bytes: Buffer): void {
    const file = this.#pathOf(name);
    const temporary = path.join(path.dirname(file), `${UNFINISHED}${randomUUID()}`);
    try {
      makeFolder(path.dirname(file));
      const writer = new FileWriter(temporary, bytes.length, 'as_codex');
      writer.write(bytes);
      writer.finish(Date.now());
      moveFile(temporary, file);
    } catch (error) {
      failAfter(this.#told(error, file), () => removeAt(temporary));
    }
    if (this.#stored(name) === null)
      throw new SyncError('exchange_place_unusable', 'The place did not keep what was written to it.', { where: file });
  }

  /** What the system says of the place is told with the place: nothing of the home is meant. */
  #told(error: unknown, file: string): unknown {
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall === undefined) return error;
    return new SyncError('exchange_place_unusable', `The place of the exchange does not take what is written to it (${code}).`, {
      where: file,
      cause: error,
    });
  }

  #pathOf(name: string): string {
    return path.join(this.place.folder, ...name.split('/'));
  }
}
