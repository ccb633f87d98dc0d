import path from 'node:path';
import { foldName } from '../../domain/paths/folded_name.ts';
import { withoutLinks } from '../paths/links.ts';
import { isSamePlace } from '../paths/local_paths.ts';

/** Files by their names without links, found by any spelling that the disk takes for the same. */
export class FileSet {
  readonly #byFold = new Map<string, Set<string>>();

  add(name: string): void {
    const folded = foldName(name);
    this.#byFold.set(folded, (this.#byFold.get(folded) ?? new Set()).add(name));
  }

  has(file: string): boolean {
    const real = withoutLinks(file) ?? path.resolve(file);
    return [...(this.#byFold.get(foldName(real)) ?? [])].some((named) => isSamePlace(named, real));
  }
}
