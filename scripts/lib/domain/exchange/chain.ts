// Which commits of a machine can be taken: files arrive in any order, twice, or not yet. The newest one counts whose way back to a checkpoint,
// or to a commit that was taken in before, is all there.

import type { Commit } from './commit.ts';
import type { CommitName } from './place_layout.ts';

/** `commits` are in order, oldest first; each builds on the one before. The first is a checkpoint, or builds on what was known. */
export type Chain = { head: CommitName; commits: Commit[] };

export type ChainSearch = {
  chain: Chain | null;
  /** Newer commits that are here and cannot be taken yet, because one before them is missing or cannot be read. */
  pending: CommitName[];
};

/** `known`: the commit that was taken in last. `read`: null where the file is not there whole yet. */
export function findChain(
  names: readonly CommitName[],
  known: CommitName | null,
  read: (name: CommitName) => Commit | null,
): ChainSearch {
  const byHash = new Map(names.map((name) => [name.hash, name]));
  const newestFirst = names.filter(({ seq }) => seq > (known?.seq ?? 0)).toSorted(newerFirst);
  const pending: CommitName[] = [];
  for (const head of newestFirst) {
    const commits = wayBack(head, byHash, known?.hash ?? null, read);
    if (commits) return { chain: { head, commits }, pending };
    pending.push(head);
  }
  return { chain: null, pending };
}

const newerFirst = (one: CommitName, other: CommitName): number => other.seq - one.seq || (one.hash < other.hash ? -1 : 1);

/** Null where it leads to nothing. */
function wayBack(
  head: CommitName,
  byHash: Map<string, CommitName>,
  known: string | null,
  read: (name: CommitName) => Commit | null,
): Commit[] | null {
  const way: Commit[] = [];
  for (let at: CommitName | undefined = head; at; ) {
    const commit = read(at);
    if (!commit) return null;
    way.unshift(commit);
    if (commit.checkpoint || (known !== null && commit.prev === known)) return way;
    const before = commit.prev === null ? undefined : byHash.get(commit.prev);
    at = before && before.seq < at.seq ? before : undefined;
  }
  return null;
}
