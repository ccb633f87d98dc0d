// Finds every local session that an incoming one could continue, and how it relates to each.

import {
  type LocalHome,
  type LocalSession,
  localChain,
  localRanges,
  supersededBy,
} from '../../adapters/codex_home/local_home.ts';
import { statFile } from '../../adapters/disk/disk.ts';
import { LineReader, withLines } from '../../adapters/lines/line_reader.ts';
import { type RolloutEnd, RolloutReader } from '../../adapters/rollout/rollout_end.ts';
import { holdsNothing } from '../../adapters/rollout/thread_files.ts';
import { SyncError } from '../../domain/codes/errors.ts';
import { because } from '../../domain/codes/reason.ts';
import { type Candidate, classify, isBetter, type Verdict } from '../../domain/compare/classification.ts';
import { emptyRelation, type Relation, relate } from '../../domain/compare/lineage.ts';
import { relateForms } from '../../domain/compare/relate_forms.ts';
import type { ByteRange } from '../../domain/json/byte_range.ts';
import type { ValidSession } from '../../domain/package/package.ts';
import { type Deletion, type Head, isAsLeft } from '../../domain/sidecar/sidecar.ts';
import { localizationFor } from '../context/session_localization.ts';
import type { SyncContext } from '../context/sync_context.ts';

/** `isKnown`: the sidecar vouches for it (same package content, untouched local file), nothing was read. `deletion`: it was here and stays away. */
export type Decision = {
  verdict: Verdict;
  local: LocalSession | null;
  localEnd: RolloutEnd | null;
  lineageId: string;
  isKnown: boolean;
  deletion?: Deletion;
};

export function decide(incoming: ValidSession, context: SyncContext, care: 'trust fingerprints' | 'read everything'): Decision {
  const home = context.local;
  const lineageId = lineageOf(incoming, home);
  const known = care === 'trust fingerprints' ? knownUnchanged(incoming, context) : null;
  if (known) return { ...known, lineageId };
  const nearby = [incoming.threadId as string, ...headsOf(lineageId, home).map((head) => head.thread_id)];
  const compared = new Map<string, Compared>();
  for (const id of nearby) compare(compared, incoming, home.sessions.get(id), lineageId, context);
  let verdict = classifyOpenable(compared);
  if (!isSettled(verdict) && incoming.transcript.root) {
    for (const session of context.roots.sessionsWith(incoming.transcript.root))
      compare(compared, incoming, session, lineageId, context);
    verdict = classifyOpenable(compared);
  }
  const best = verdict.best && compared.get(verdict.best.threadId);
  if (best) verdict = best.isOpenable ? considerReverts(verdict, best, incoming, context) : besideBroken(verdict);
  return { verdict, local: best?.session ?? null, localEnd: best?.end ?? null, lineageId, isKnown: false };
}

/** A local session beside the incoming one, and what an append to it would need. */
type Compared = { session: LocalSession; candidate: Candidate; end: RolloutEnd; isOpenable: boolean };

/** One that Codex cannot open is the best only where no other is related. */
function classifyOpenable(compared: Map<string, Compared>): Verdict {
  const all = [...compared.values()];
  const verdict = classify(all.filter(({ isOpenable }) => isOpenable).map(({ candidate }) => candidate));
  return verdict.best && verdict.classification !== 'id_collision_unrelated'
    ? verdict
    : classify(all.map(({ candidate }) => candidate));
}

/** Lines that are added to it would not be seen, and it holds nothing that can be. */
const besideBroken = (verdict: Verdict): Verdict =>
  verdict.classification === 'id_collision_unrelated'
    ? verdict
    : {
        ...verdict,
        classification: 'diverged_lineage',
        ...because(
          'local_chain_broken',
          'Codex cannot open the session here, since what it continues does not fit any more: incoming becomes a branch beside it',
        ),
      };

/** A head that holds all or a part of the incoming history cannot be beaten by one that nobody knows. */
const isSettled = ({ classification }: Verdict): boolean =>
  classification === 'unchanged' || classification === 'fast_forward_import';

/**
 * What a revert took back lies in an earlier file of the session. A package that holds no more than that is older; one that went on from
 * there parts from what is here, since nothing that was taken back comes back by itself.
 */
function considerReverts(verdict: Verdict, best: Compared, incoming: ValidSession, { local }: SyncContext): Verdict {
  if (verdict.classification !== 'fast_forward_import' && verdict.classification !== 'diverged_lineage') return verdict;
  const { shared } = best.candidate.relation.lines;
  const earlier = supersededBy(best.session).map((file) => relateRanges(localRanges(local, file), incoming.ranges));
  const closest = earlier.find((relation) => relation.lines.shared > shared);
  if (!closest) return verdict;
  return closest.incomingAhead === 0
    ? {
        ...verdict,
        classification: 'unchanged',
        ...because('taken_back_here', 'the package is older: what it has more was taken back here'),
      }
    : {
        ...verdict,
        classification: 'diverged_lineage',
        ...because('went_on_from_taken_back', 'incoming goes on from turns that were taken back here'),
      };
}

const relateRanges = (local: ByteRange[], incoming: ByteRange[]): Relation =>
  withLines(local, (ofLocal) => withLines(incoming, (ofIncoming) => relate(ofLocal, ofIncoming)));

function lineageOf(incoming: ValidSession, { sidecar }: LocalHome): string {
  const root = incoming.transcript.root;
  const byRoot = root === null ? undefined : sidecar.lineageByRoot.get(root);
  return (
    sidecar.lineageBySource.get(incoming.threadId) ??
    byRoot ??
    sidecar.heads.get(incoming.threadId)?.lineage_id ??
    root?.slice(0, 32) ??
    incoming.threadId
  );
}

const headsOf = (lineageId: string, { sidecar }: LocalHome): Head[] => sidecar.headsOfLineage.get(lineageId) ?? [];

function compare(
  compared: Map<string, Compared>,
  incoming: ValidSession,
  session: LocalSession | undefined,
  lineageId: string,
  context: SyncContext,
): void {
  if (!session?.file || compared.has(session.threadId) || !context.family.canBe(incoming, session)) return;
  if (holdsNothing(session.file)) return;
  requireThere(session.file);
  const sameId = session.threadId === incoming.threadId;
  const local = new RolloutReader(localRanges(context.local, session.file));
  try {
    const localization = localizationFor(
      incoming,
      session.threadId,
      context.rulesFor(incoming, lineageId, session),
      context,
      null,
    );
    const plain = withLines(incoming.ranges, (other) => relate(local, other, localization));
    const end = local.end();
    const relation = considerForms(plain, end, localRanges(context.local, session.file), incoming);
    const isOpenable = localChain(context.local, session.file).fault === null;
    compared.set(session.threadId, { session, candidate: { threadId: session.threadId, sameId, relation }, end, isOpenable });
  } finally {
    local.close();
  }
}

/** A link may lead to a disk that is not there now; what it holds is this session, and nobody may make a second one. */
function requireThere(file: string): void {
  if (!statFile(file)) throw new SyncError('malformed_rollout', 'its rollout is a link to what is not there', { where: file });
}

/** A migration writes every line anew, and differently in each version; what both forms say then fits better than what they spell. */
function considerForms(plain: Relation, end: RolloutEnd, here: ByteRange[], incoming: ValidSession): Relation {
  if (plain.localAhead === 0 || plain.incomingAhead === 0) return plain;
  const readers: LineReader[] = [];
  const open = (ranges: ByteRange[]) => () => {
    const reader = new LineReader(ranges);
    readers.push(reader);
    return reader;
  };
  try {
    const across = relateForms(open(here), open(incoming.ranges));
    const isOtherForm = end.historyMode !== incoming.transcript.meta.historyMode;
    return isBetter(across, plain) || (isOtherForm && across.sharedHistory > 0) ? across : plain;
  } finally {
    for (const reader of readers) reader.close();
  }
}

/** The cheap way to `unchanged`: this very content was synced, and the head's file has not been touched since. */
function knownUnchanged(incoming: ValidSession, { local: home, family }: SyncContext): Omit<Decision, 'lineageId'> | null {
  const { sidecar, sessions } = home;
  for (const point of sidecar.pointsOfSource.get(incoming.threadId) ?? []) {
    if (point.incoming_digest !== incoming.digest) continue;
    const local = sessions.get(point.thread_id);
    const stat = local?.file ? statFile(local.file) : null;
    if (!local || !stat || !isAsLeft(stat, point)) continue;
    if (!family.canBe(incoming, local)) continue;
    const { lines, turns } = incoming.transcript;
    const same = (shared: number) => ({ shared, local_only: 0, incoming_only: 0 });
    const relation: Relation = {
      ...emptyRelation(),
      lines: same(lines),
      turns: same(turns),
      sharedHistory: lines,
      incomingResumesAt: incoming.size,
    };
    const best = { threadId: local.threadId, sameId: local.threadId === incoming.threadId, relation };
    return {
      verdict: {
        classification: 'unchanged',
        ...because('synced_before', 'this content was synced before and neither side has changed'),
        best,
      },
      local,
      localEnd: null,
      isKnown: true,
    };
  }
  return null;
}
