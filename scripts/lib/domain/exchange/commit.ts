// A commit: what a machine has, as of then. It lists the sessions that have changed since the commit before it, a checkpoint all of them.

import type { Row } from '../operation/operation.ts';

export const EXCHANGE_VERSION = 1;

/**
 * A stretch of content: bytes `from` to `to` of it are one zstd frame that lies in a pack of `machine` at `offset`, `length` bytes long.
 * `digest` is that of the decoded bytes.
 */
export type Piece = {
  machine: string;
  pack: string;
  offset: number;
  length: number;
  from: number;
  to: number;
  digest: string;
};

/** The pieces follow each other without a gap from byte 0. */
export type Content = { name: string; bytes: number; pieces: Piece[] };

/** `mtime`: of the rollout at its machine, in milliseconds since 1970. */
export type PublishedRollout = Content & { mtime: number };

/** `kept`: so many pieces of the same rollout in the machine's state before come first. */
type ContinuedRollout = PublishedRollout & { kept?: number };

/**
 * A session as a machine publishes it: what a package would say of it. The first rollout is its own, others are the beginnings of those
 * that it continues. `attached`: rows by the file of a package that they belong into.
 */
export type SessionEntry = {
  thread_id: string;
  row: Row;
  index: Row;
  made_name: string | null;
  attached: Record<string, Row[]>;
  rollouts: PublishedRollout[];
  images: Content[];
};

/** `prev`: hash of the commit before; null for the first one. `seen`: the newest commit of each other machine that was taken in. */
export type Commit = {
  format_version: number;
  exchange_id: string;
  machine: string;
  seq: number;
  prev: string | null;
  checkpoint: boolean;
  tool_version: string;
  created_at: string;
  seen: Record<string, number>;
  sessions: ContinuedEntry[];
  /** Threads that it has no more. */
  removed: string[];
};

/** An entry as a commit has it: of a rollout that has grown only what is new. `bytes` counts all. */
export type ContinuedEntry = Omit<SessionEntry, 'rollouts'> & { rollouts: ContinuedRollout[] };

/** What a machine says of itself. */
export type MachineCard = { label: string; tool_version: string; created_at: string };

/** The packs that an entry needs, each once, as `machine` and hash. */
export function packsOf(entry: SessionEntry): { machine: string; pack: string }[] {
  const packs = new Map<string, { machine: string; pack: string }>();
  for (const { pieces } of [...entry.rollouts, ...entry.images])
    for (const { machine, pack } of pieces) packs.set(`${machine}/${pack}`, { machine, pack });
  return [...packs.values()];
}

/** Bytes of all that belongs to it, decoded. */
export const bytesOf = ({ rollouts, images }: SessionEntry): number =>
  [...rollouts, ...images].reduce((sum, { bytes }) => sum + bytes, 0);

/** What is to be said of a session whose state before is known. */
export const continuedEntry = (entry: SessionEntry, before: SessionEntry | null): ContinuedEntry => ({
  ...entry,
  rollouts: entry.rollouts.map((rollout) => {
    const pieces = piecesOf(before, rollout.name);
    const kept = rollout.pieces.findIndex((piece, at) => JSON.stringify(piece) !== JSON.stringify(pieces[at]));
    const count = kept < 0 ? rollout.pieces.length : kept;
    return count === 0 ? rollout : { ...rollout, kept: count, pieces: rollout.pieces.slice(count) };
  }),
});

/** The whole entry; null where it goes on from something that the state before does not have. */
export function wholeEntry(entry: ContinuedEntry, before: SessionEntry | null): SessionEntry | null {
  const rollouts = entry.rollouts.map(({ kept = 0, ...rollout }) => ({
    ...rollout,
    pieces: [...piecesOf(before, rollout.name).slice(0, kept), ...rollout.pieces],
  }));
  return rollouts.every(isWhole) ? { ...entry, rollouts } : null;
}

const piecesOf = (entry: SessionEntry | null, name: string): Piece[] =>
  entry?.rollouts.find((rollout) => rollout.name === name)?.pieces ?? [];

/** Whether the pieces follow each other from byte 0 to the end. */
function isWhole({ bytes, pieces }: Content): boolean {
  let at = 0;
  for (const { from, to } of pieces) {
    if (from !== at || to <= from) return false;
    at = to;
  }
  return at === bytes;
}
