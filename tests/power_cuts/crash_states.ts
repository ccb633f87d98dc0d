// The states of a disk that are tried for each moment: whatever is not on it yet is there, is not there, is there alone, is missing alone,
// is there up to some call, is torn; and some mixtures by chance.

import type { DiskCall } from './disk_call.ts';
import { type DiskModel, type Reach, TORN, type Tree } from './disk_model.ts';

/** `moment`: how many calls had been made. `told`: which of them are not on the disk, or only in part. */
export type CrashState = { moment: number; told: string; tree: Tree };

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** Each state once, in the order of the moments. `mixtures`: so many by chance for each moment. */
export function* crashStates(
  model: DiskModel,
  mixtures: number,
  seed: number,
  choose: (isBare: boolean) => boolean = () => true,
): Generator<CrashState> {
  const seen = new Set<string>();
  const next = chance(seed);
  for (const moment of model.moments()) {
    const pending = model.pending(moment);
    for (const wanted of choices(model, pending, mixtures, next)) {
      const kept = closed(model, pending, wanted);
      const { build, key } = model.tree(moment, pending, kept);
      if (seen.has(key)) continue;
      seen.add(key);
      if (!choose(kept.size === 0)) continue;
      yield { moment, told: told(model, pending, kept), tree: build() };
    }
  }
}

type Kept = Map<number, Reach>;

function* choices(model: DiskModel, pending: number[], mixtures: number, next: () => number): Generator<Kept> {
  const of = (indexes: number[]): Kept => new Map(indexes.map((index) => [index, 'whole']));
  yield of(pending);
  yield of([]);
  for (const [at, index] of pending.entries()) {
    yield of(pending.slice(0, at));
    if (isOfDatabase(model.calls[index])) continue;
    yield of([index]);
    yield of(pending.filter((other) => other !== index));
    if (model.effects[index]?.kind !== 'write') continue;
    for (const reach of TORN) {
      yield of(pending).set(index, reach);
      yield of(pending.slice(0, at)).set(index, reach);
    }
  }
  for (let count = 0; pending.length > 1 && count < mixtures; count++) {
    const kept = of(pending.filter(() => next() < 0.5));
    for (const index of kept.keys())
      if (model.effects[index]?.kind === 'write' && next() < 0.3)
        kept.set(index, TORN[Math.floor(next() * TORN.length)] as Reach);
    yield kept;
  }
}

/** SQLite proves its own pages; what concerns us is which of its transactions are there. The mixtures have its writes out of order too. */
const isOfDatabase = (call: DiskCall | undefined): boolean =>
  call?.kind === 'write' && /\.sqlite(-wal|-journal)?$/.test(call.path);

/** Without what lacks something that must have come before it. */
function closed(model: DiskModel, pending: readonly number[], wanted: Kept): Kept {
  const kept: Kept = new Map();
  for (const index of pending) {
    const reach = wanted.get(index);
    if (reach && model.dependsOn(index, pending).every((earlier) => kept.has(earlier))) kept.set(index, reach);
  }
  return kept;
}

function told(model: DiskModel, pending: readonly number[], kept: Kept): string {
  const parts = pending.flatMap((index) => {
    const reach = kept.get(index);
    if (reach === 'whole') return [];
    const call = model.calls[index];
    return [`${call?.kind} ${call?.path}${call?.kind === 'rename' ? ` -> ${call.to}` : ''}${reach ? ` (${reach})` : ''}`];
  });
  return parts.length === 0 ? 'all is on the disk' : `not on the disk: ${parts.join('; ')}`;
}
