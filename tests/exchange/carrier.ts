// Carries files between the copies that machines have of one place, as badly as carriers do: late, in any order, cut short, under other names,
// and an old copy over a newer one. What machines wrote is kept aside, so that at last all of it can arrive.

import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { filesBelow } from '../../scripts/lib/adapters/place/folder_place.ts';

/** Chooses by a number from 0 to 1. */
export type Chance = () => number;

const OTHER_NAMES = [
  (name: string) => `${name} (conflicted copy)`,
  (name: string) => `${name}.sync-conflict-20261203-101112-ABCDEFG`,
  (name: string) => `${name}-laptop`,
  (name: string) => path.join(path.dirname(name), `.tmp-${path.basename(name).slice(0, 8)}`),
];

const UNTOUCHED = 'codex-session-exchange.json';

export class Carrier {
  readonly #kept: string;

  constructor(kept: string) {
    this.#kept = kept;
  }

  /** Keeps what is new and whole in a copy of the place. */
  keep(copy: string): void {
    for (const name of filesBelow(copy)) {
      const kept = path.join(this.#kept, name);
      if (fs.existsSync(kept)) continue;
      const bytes = fs.readFileSync(path.join(copy, name));
      if (name === UNTOUCHED || name.endsWith(createHash('sha256').update(bytes).digest('hex'))) write(kept, bytes);
    }
  }

  /** Some of what one copy has and the other has not, each as it happens. */
  carry(from: string, to: string, chance: Chance): void {
    const missing = filesBelow(from).filter((name) => !fs.existsSync(path.join(to, name)));
    for (const name of missing) {
      const bytes = fs.readFileSync(path.join(from, name));
      const luck = chance();
      if (luck < 0.5) write(path.join(to, name), bytes);
      else if (luck < 0.65) write(path.join(to, name), bytes.subarray(0, Math.floor(chance() * bytes.length)));
      else if (luck < 0.75) write(path.join(to, otherName(name, chance)), bytes);
      else if (luck < 0.8) write(path.join(to, name), flipped(bytes, chance));
    }
  }

  /** What a copy has is hidden, cut short or changed; a later `arrive` brings it again. */
  hurt(copy: string, chance: Chance): void {
    const names = filesBelow(copy).filter((name) => name !== UNTOUCHED);
    const name = names[Math.floor(chance() * names.length)];
    if (name === undefined) return;
    const file = path.join(copy, name);
    const bytes = fs.readFileSync(file);
    const luck = chance();
    if (luck < 0.4) fs.rmSync(file);
    else if (luck < 0.7) write(file, bytes.subarray(0, Math.floor(chance() * bytes.length)));
    else write(file, flipped(bytes, chance));
  }

  /** Everything that any machine wrote is there, whole. Conflict copies stay. */
  arrive(copy: string): void {
    for (const name of filesBelow(this.#kept)) write(path.join(copy, name), fs.readFileSync(path.join(this.#kept, name)));
  }
}

const otherName = (name: string, chance: Chance): string =>
  (OTHER_NAMES[Math.floor(chance() * OTHER_NAMES.length)] as (typeof OTHER_NAMES)[0])(name);

function flipped(bytes: Buffer, chance: Chance): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(chance() * copy.length);
  if (copy.length > 0) copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

function write(file: string, bytes: Buffer): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, bytes);
}
