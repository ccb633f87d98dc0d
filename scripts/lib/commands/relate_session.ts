// Finds every local session that an incoming one could continue, and how it relates to each.

import { statFile } from '../adapters/disk.ts';
import { LineReader } from '../adapters/line_reader.ts';
import { type LocalHome, type LocalSession, readRoot } from '../adapters/local_home.ts';
import { type Candidate, classify, type Verdict } from '../domain/classification.ts';
import { relate } from '../domain/lineage.ts';
import type { ValidSession } from '../domain/package.ts';
import type { Head } from '../domain/sidecar.ts';

/** `isKnown`: the sidecar vouches for it (same package content, untouched local file), nothing was read. */
export type Decision = { verdict: Verdict; local: LocalSession | null; lineageId: string; isKnown: boolean };

/** Root digest -> sessions; filled at the first question, since it opens every rollout of the home. */
export class RootIndex {
  readonly #home: LocalHome;
  #byRoot: Map<string, LocalSession[]> | null = null;

  constructor(home: LocalHome) {
    this.#home = home;
  }

  sessionsWith(root: string): LocalSession[] {
    this.#byRoot ??= this.#build();
    return this.#byRoot.get(root) ?? [];
  }

  #build(): Map<string, LocalSession[]> {
    const byRoot = new Map<string, LocalSession[]>();
    for (const session of this.#home.sessions.values()) {
      const root = session.file ? readRoot(session.file) : null;
      if (root) byRoot.set(root, [...(byRoot.get(root) ?? []), session]);
    }
    return byRoot;
  }
}

export function decide(
  incoming: ValidSession,
  home: LocalHome,
  roots: RootIndex,
  care: 'trust fingerprints' | 'read everything',
): Decision {
  const lineageId = lineageOf(incoming, home);
  const known = care === 'trust fingerprints' ? knownUnchanged(incoming, home) : null;
  if (known) return { ...known, lineageId };
  const nearby = [incoming.threadId as string, ...headsOf(lineageId, home).map((head) => head.thread_id)];
  const candidates = new Map<string, Candidate>();
  for (const id of nearby) addCandidate(candidates, incoming, home.sessions.get(id));
  let verdict = classify([...candidates.values()]);
  if (!isSettled(verdict) && incoming.transcript.root) {
    for (const session of roots.sessionsWith(incoming.transcript.root)) addCandidate(candidates, incoming, session);
    verdict = classify([...candidates.values()]);
  }
  return { verdict, local: (verdict.best && home.sessions.get(verdict.best.threadId)) ?? null, lineageId, isKnown: false };
}

/** A head that holds all or a part of the incoming history cannot be beaten by one that nobody knows. */
const isSettled = ({ classification }: Verdict): boolean =>
  classification === 'unchanged' || classification === 'fast_forward_import';

function lineageOf(incoming: ValidSession, { sidecar }: LocalHome): string {
  const root = incoming.transcript.root;
  const byRoot = root === null ? undefined : [...sidecar.lineages.values()].find((lineage) => lineage.root === root)?.lineage_id;
  return (
    sidecar.lineageBySource.get(incoming.threadId) ??
    byRoot ??
    sidecar.heads.get(incoming.threadId)?.lineage_id ??
    root?.slice(0, 32) ??
    incoming.threadId
  );
}

const headsOf = (lineageId: string, { sidecar }: LocalHome): Head[] =>
  [...sidecar.heads.values()].filter((head) => head.lineage_id === lineageId);

function addCandidate(candidates: Map<string, Candidate>, incoming: ValidSession, session: LocalSession | undefined): void {
  if (!session?.file || candidates.has(session.threadId)) return;
  const local = new LineReader(session.file);
  const other = new LineReader(incoming.file);
  try {
    candidates.set(session.threadId, {
      threadId: session.threadId,
      sameId: session.threadId === incoming.threadId,
      relation: relate(local, other),
    });
  } finally {
    local.close();
    other.close();
  }
}

/** The cheap way to `unchanged`: this very content was synced, and the head's file has not been touched since. */
function knownUnchanged(incoming: ValidSession, { sidecar, sessions }: LocalHome): Omit<Decision, 'lineageId'> | null {
  for (const point of sidecar.syncPoints) {
    if (point.source_thread_id !== incoming.threadId || point.incoming_digest !== incoming.digest) continue;
    const local = sessions.get(point.thread_id);
    const stat = local?.file ? statFile(local.file) : null;
    if (!local || stat?.size !== point.local_size || Math.abs(stat.mtime - point.local_mtime) > MTIME_TOLERANCE) continue;
    const { lines, turns } = incoming.transcript;
    const same = (shared: number) => ({ shared, local_only: 0, incoming_only: 0 });
    const relation = {
      lines: same(lines),
      turns: same(turns),
      sharedHistory: lines,
      localAhead: 0,
      incomingAhead: 0,
      incomingResumesAt: incoming.size,
      firstIncomingOnly: null,
      firstLocalOnlyAt: null,
    };
    const best = { threadId: local.threadId, sameId: local.threadId === incoming.threadId, relation };
    return {
      verdict: { classification: 'unchanged', reason: 'this content was synced before and neither side has changed', best },
      local,
      isKnown: true,
    };
  }
  return null;
}

/** File systems round times; two milliseconds is FAT's exception aside the coarsest in use. */
const MTIME_TOLERANCE = 2;
