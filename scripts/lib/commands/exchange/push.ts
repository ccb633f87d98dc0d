// Publishes what this home has and the place has not: packs first, then the commit that names them.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { encoded } from '../../adapters/exchange/commit_file.ts';
import type { ExchangeState, InStep } from '../../adapters/exchange/exchange_state.ts';
import { PackWriter } from '../../adapters/exchange/packs.ts';
import { readLocalHome } from '../../adapters/local_sessions/local_home.ts';
import { toolVersion } from '../../adapters/process/tool_version.ts';
import { isOfOneRollout } from '../../domain/codes/errors.ts';
import { type Commit, continuedEntry, EXCHANGE_VERSION, type SessionEntry } from '../../domain/exchange/commit.ts';
import { commitName, commitsFolder } from '../../domain/exchange/place_layout.ts';
import { type Departure, departuresOf } from '../../planning/exchange/departures.ts';
import type { Member } from './membership.ts';
import { publishContents } from './publish_contents.ts';

/** `bytes`: written to the place, without the commit. */
export type Pushed = {
  sessions: { thread_id: string; title: string }[];
  bytes: number;
  commit: string | null;
  leftOut: string[];
};

/** What would be published. */
export function planPush(home: CodexHome, { state }: Member): { sessions: Departure[]; leftOut: string[] } {
  return departuresOf(home, readLocalHome(home), state.localFiles());
}

/** Sessions of one commit, at most: what a killed run has to do again, and what is held in memory. */
const BATCH = 200;

export async function push(home: CodexHome, member: Member, now: Date): Promise<Pushed> {
  const { sessions, leftOut } = planPush(home, member);
  const pushed: Pushed = { sessions: [], bytes: 0, commit: null, leftOut };
  for (let at = 0; at < sessions.length; at += BATCH) await publishBatch(sessions.slice(at, at + BATCH), member, pushed, now);
  if (sessions.length === 0 && hasUnacknowledged(member)) pushed.commit = await writeCommit([], member, now);
  return pushed;
}

async function publishBatch(batch: Departure[], member: Member, pushed: Pushed, now: Date): Promise<void> {
  const { state, files, membership } = member;
  const packs = new PackWriter(membership.machine, files);
  const published: { entry: SessionEntry; inStep: InStep; title: string }[] = [];
  for (const departure of batch) {
    try {
      const { contents, ...local } = await publishContents(departure, state.inStep(departure.facts.thread_id), packs);
      published.push({
        entry: { ...departure.facts, ...contents },
        inStep: { ...departure.local, ...local, contents },
        title: departure.title,
      });
    } catch (error) {
      if (!isOfOneRollout(error)) throw error;
      pushed.leftOut.push(`${departure.facts.thread_id} is left out: ${error.message}`);
    }
  }
  await packs.flush();
  const changed = published.filter(({ entry }) => isNews(entry, state.entry(membership.machine, entry.thread_id)));
  if (changed.length > 0) {
    pushed.commit = await writeCommit(
      changed.map(({ entry }) => entry),
      member,
      now,
    );
  }
  state.atOnce(() => {
    for (const { entry, inStep } of published) state.putInStep(entry.thread_id, inStep);
  });
  pushed.bytes += packs.bytes;
  pushed.sessions.push(...changed.map(({ entry, title }) => ({ thread_id: entry.thread_id, title })));
}

/** A file that was only touched says nothing new. */
const isNews = (entry: SessionEntry, before: SessionEntry | null): boolean => JSON.stringify(entry) !== JSON.stringify(before);

/** Other machines count on being told what was seen of them, or keep it for ever. */
function hasUnacknowledged({ state, membership }: Member): boolean {
  const told = state.acknowledged();
  return state.machines().some(({ machine, news }) => machine !== membership.machine && news > (told[machine] ?? 0));
}

async function writeCommit(entries: SessionEntry[], { state, files, membership }: Member, now: Date): Promise<string> {
  const { machine, exchangeId } = membership;
  const head = state.head(machine);
  const seen = seenOf(state, machine);
  const isFirst = head === null;
  const commit: Commit = {
    format_version: EXCHANGE_VERSION,
    exchange_id: exchangeId,
    machine,
    seq: (head?.seq ?? 0) + 1,
    prev: head?.hash ?? null,
    checkpoint: isFirst,
    tool_version: toolVersion(),
    created_at: now.toISOString(),
    seen,
    sessions: isFirst ? entries : entries.map((entry) => continuedEntry(entry, state.entry(machine, entry.thread_id))),
    removed: [],
  };
  const named = await files.write((hash) => `${commitsFolder(machine)}/${commitName(commit.seq, hash)}`, encoded(commit));
  const own = state.machines().find((one) => one.machine === machine);
  state.atOnce(() => {
    for (const entry of entries) state.putSession(machine, entry);
    const news = entries.length > 0 ? commit.seq : (own?.news ?? 0);
    const name = commitName(commit.seq, named.hash);
    state.putMachine({ machine, label: membership.label, head: name, news, seenAt: now.toISOString() });
    state.setAcknowledged(seen);
  });
  return named.name;
}

const seenOf = (state: ExchangeState, own: string): Record<string, number> =>
  Object.fromEntries(
    state.machines().flatMap(({ machine, news }) => (machine !== own && news > 0 ? [[machine, news] as const] : [])),
  );
