// Takes in what other machines have published: as a package, by the way of every sync.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { writeExchangePackage } from '../../adapters/exchange/exchange_package.ts';
import type { ExchangeState, Taken } from '../../adapters/exchange/exchange_state.ts';
import { PackReader } from '../../adapters/exchange/packs.ts';
import type { LocalHome } from '../../adapters/local_sessions/local_home.ts';
import { isPresent } from '../../adapters/local_sessions/local_session.ts';
import { makeUnpackFolder, placeForTemporary } from '../../adapters/temporary_folders/private_temporary_folder.ts';
import { packsOf, type SessionEntry } from '../../domain/exchange/commit.ts';
import { packPlace } from '../../domain/exchange/place_layout.ts';
import type { PlannedSession } from '../../domain/plan/plan.ts';
import { arrivalsIn } from '../../planning/exchange/arrivals.ts';
import { factsOfAll } from '../../planning/exchange/departures.ts';
import type { Member } from '../membership/membership.ts';
import { type SyncRequest, type SyncResult, sync } from '../sync/sync.ts';
import { type Files, filesAsLeft, filesOf } from './files_as_left.ts';
import { tailOf } from './publish_contents.ts';

/** `result` is null where nothing has arrived that is new here. `pending`: sessions of which not all has arrived. `later`: states that come after this run. `deleted`: threads that were deleted here, where they began. */
export type Pulled = { result: SyncResult | null; pending: SessionEntry[]; later: number; deleted: string[] };

export async function pull(home: CodexHome, member: Member, request: Omit<SyncRequest, 'package'>, now: Date): Promise<Pulled> {
  const { state, files, membership, view } = member;
  const arrivals = arrivalsIn(state, membership.machine, view.local, request.resurrect);
  const { deleted } = arrivals;
  const entries = arrivals.now.map(({ machine, threadId }) => state.entry(machine, threadId) as SessionEntry);
  const bytes = arrivals.now.reduce((sum, published) => sum + published.bytes, 0);
  if (entries.length === 0) return { result: null, pending: [], later: 0, deleted };
  await files.place.fetch([...new Set(entries.flatMap(packsOf).map(({ machine, pack }) => packPlace(machine, pack)))]);
  const folder = makeUnpackFolder(placeForTemporary(bytes));
  try {
    const source = { label: 'exchange', createdAt: newestTime(entries) };
    const complete = await writeExchangePackage(folder.path, entries, new PackReader(files), source);
    const arrived = new Map(complete.map((entry) => [entry.thread_id, entry]));
    const pending = entries.filter(({ thread_id }) => !arrived.has(thread_id));
    if (complete.length === 0) return { result: null, pending, later: arrivals.later.length, deleted };
    const before = filesOf(view.local);
    const result = sync(home, { ...request, package: folder.path, archive: membership.place }, now);
    if (result.mode === 'executed') {
      const states = new Map(arrivals.now.map(({ threadId, state: name }) => [threadId, name]));
      view.changed();
      const left = filesAsLeft(home, result.transactionId, before);
      remember(home, member, result.plan.sessions, { arrived, states, files: left });
    }
    return { result, pending, later: arrivals.later.length, deleted };
  } finally {
    folder.remove();
  }
}

/** Of what is published: the same states give the same package, and so the same plan. */
const newestTime = (entries: SessionEntry[]): string => {
  const times = entries.map(({ published_at }) => Date.parse(published_at)).filter((time) => !Number.isNaN(time));
  return new Date(Math.max(0, ...times)).toISOString();
};

/** By thread: the entries, and what their states are called. `files`: as the sync has left them. */
type TakenIn = { arrived: ReadonlyMap<string, SessionEntry>; states: ReadonlyMap<string, string>; files: Files };

/** What was taken in is not looked at again, and not published from here while nothing happens to it. */
function remember(home: CodexHome, { state, view }: Member, sessions: PlannedSession[], taken: TakenIn): void {
  const { arrived, states, files } = taken;
  const { local } = view;
  const facts = factsOfAll(home, local);
  state.atOnce(() => {
    for (const session of sessions) {
      const entry = arrived.get(session.thread_id);
      if (!entry || !isDecided(session)) continue;
      state.putTaken(states.get(session.thread_id) ?? '', takenAs(session, local, files));
      if (isAhead(session)) continue;
      putInStep(state, session.local_thread_id, { entry, local, facts, files });
    }
  });
}

const isDecided = ({ action, classification }: PlannedSession): boolean =>
  action !== 'refuse' && classification !== 'invalid' && classification !== 'busy';

/** The local session has lines that nobody has published; a branch has none, whatever the session beside it has. */
const isAhead = ({ action, lines }: PlannedSession): boolean => action === 'none' && lines.local_only > 0;

function takenAs({ local_thread_id }: PlannedSession, local: LocalHome, files: Files): Taken {
  const session = local_thread_id === null ? undefined : local.sessions.get(local_thread_id);
  return isPresent(session)
    ? { threadId: session.threadId, size: files.get(session.file)?.size ?? 0 }
    : { threadId: null, size: 0 };
}

type Here = { entry: SessionEntry; local: LocalHome; facts: ReadonlyMap<string, string>; files: Files };

function putInStep(state: ExchangeState, threadId: string | null, { entry, local, facts, files }: Here): void {
  const session = threadId === null ? undefined : local.sessions.get(threadId);
  const digest = threadId === null ? undefined : facts.get(threadId);
  if (!isPresent(session) || digest === undefined) return;
  const { size, mtime } = files.get(session.file) ?? { size: 0, mtime: 0 };
  // The bytes of a branch name another thread, and a rollout that others continue is counted on by its own bytes.
  const isReusable = session.threadId === entry.thread_id && entry.rollouts.length === 1;
  const contents = isReusable ? { rollouts: entry.rollouts, images: entry.images } : { rollouts: [], images: [] };
  const upto = isReusable ? size : 0;
  const tail = isReusable ? tailOf(session.file, size) : '';
  state.putInStep(session.threadId, { file: session.file, size, mtime, facts: digest, upto, tail, contents });
}
