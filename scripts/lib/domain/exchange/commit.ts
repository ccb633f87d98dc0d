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
 * that it continues. `root`: digest of the first line that only its conversation has, the same for all branches of it; null where there is none.
 * `published_at`: by the clock of its machine (ISO 8601), which decides as little as the time of a package. `attached`: rows by the file of a package that they belong into.
 */
export type SessionEntry = {
  thread_id: string;
  row: Row;
  index: Row;
  made_name: string | null;
  root: string | null;
  published_at: string;
  attached: Record<string, Row[]>;
  rollouts: PublishedRollout[];
  images: Content[];
};

/**
 * What is said of a commit before its sessions. `prev`: hash of the commit before; null for the first one. `seen`: by machine, the number of
 * its newest commit that was taken in. `retired`: machines that nobody waits for any more. `removed`: threads that it has no more.
 */
export type CommitHeader = {
  format_version: number;
  exchange_id: string;
  machine: string;
  seq: number;
  prev: string | null;
  checkpoint: boolean;
  tool_version: string;
  created_at: string;
  seen: Record<string, number>;
  retired: string[];
  removed: string[];
};

/** `sessions` are read one after the other: a checkpoint of 20,000 is 60 MB of text. */
export type Commit = CommitHeader & { sessions: Iterable<ContinuedEntry> };

/** An entry as a commit has it: of a rollout that has grown only what is new. `bytes` counts all; `state` names the whole. */
export type ContinuedEntry = Omit<SessionEntry, 'rollouts'> & { state: string; rollouts: ContinuedRollout[] };

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
