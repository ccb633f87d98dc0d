// Publishes what this home has and the place has not: packs first, then the commit that names them.

import type { CodexHome } from '../../adapters/codex_home/codex_home.ts';
import { encoded } from '../../adapters/exchange/commit_file.ts';
import { type ExchangeState, type InStep, newMachine } from '../../adapters/exchange/exchange_state.ts';
import { PackWriter } from '../../adapters/exchange/packs.ts';
import { toolVersion } from '../../adapters/process/tool_version.ts';
import { isOfOneRollout } from '../../domain/codes/errors.ts';
import {
  type CommitHeader,
  type ContinuedEntry,
  EXCHANGE_VERSION,
  packsOf,
  type SessionEntry,
} from '../../domain/exchange/commit.ts';
import { continuedEntry } from '../../domain/exchange/continued_entry.ts';
import { commitName, commitsFolder, packPlace, parseCommitName } from '../../domain/exchange/place_layout.ts';
import { sessionState } from '../../domain/exchange/session_state.ts';
import { type Departure, type Departures, departuresOf } from '../../planning/exchange/departures.ts';
import type { Member } from '../membership/membership.ts';
import { type Known, publishContents } from './publish_contents.ts';

/** `bytes`: written to the place, without the commit. */
export type Pushed = {
  sessions: { thread_id: string; title: string }[];
  bytes: number;
  commit: string | null;
  inTurn: string[];
  leftOut: string[];
};

/** What would be published. */
export function planPush(home: CodexHome, { state, view }: Member): Departures {
  return departuresOf(home, view.local, state.localFiles());
}

/** Sessions of one commit, at most: what a killed run has to do again, and what is held in memory. */
const BATCH = 200;

export async function push(home: CodexHome, member: Member, now: Date): Promise<Pushed> {
  await completePublishing(member);
  const { sessions, ...left } = planPush(home, member);
  const pushed: Pushed = { sessions: [], bytes: 0, commit: null, ...left };
  for (let at = 0; at < sessions.length; at += BATCH) await publishBatch(sessions.slice(at, at + BATCH), member, pushed, now);
  if (sessions.length === 0 && hasMoreToSay(member)) pushed.commit = await writeCommit([], member, now);
  return pushed;
}

/** A run that was stopped between its commit and the end of publishing has left files that are not there yet. */
async function completePublishing({ membership, state, files }: Member): Promise<void> {
  if (membership.intended === null) return;
  await files.place.publish(membership.machine);
  state.setFact('intended', '');
}

async function publishBatch(batch: Departure[], member: Member, pushed: Pushed, now: Date): Promise<void> {
  const { state, files, membership } = member;
  const packs = new PackWriter(membership.machine, files);
  const published: { entry: SessionEntry; inStep: InStep; title: string }[] = [];
  for (const departure of batch) {
    try {
      const { contents, ...local } = await publishContents(departure, knownOf(departure, state), packs);
      published.push({
        entry: { ...departure.facts, root: departure.root, published_at: now.toISOString(), ...contents },
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

/** A pack that no machine names any more may be gone: its owner has put the pieces together anew. */
function knownOf({ facts }: Departure, state: ExchangeState): Known {
  const before = state.inStep(facts.thread_id);
  const states = before ? state.statesOf(facts.thread_id) : [];
  const named = new Set(states.flatMap(packsOf).map(({ machine, pack }) => packPlace(machine, pack)));
  return { before, isThere: ({ machine, pack }) => named.has(packPlace(machine, pack)) };
}

/** A file that was only touched says nothing new. */
const isNews = (entry: SessionEntry, before: SessionEntry | null): boolean =>
  before === null || sessionState(entry) !== sessionState(before);

/** Other machines count on being told what was seen of them, and by which id. */
function hasMoreToSay({ state, membership }: Member): boolean {
  const { machine } = membership;
  const own = state.machines().find((one) => one.machine === machine);
  const told = state.acknowledged();
  return (
    state.machines().some((other) => other.machine !== machine && other.news > (told[other.machine] ?? 0)) ||
    (!own?.head && state.published().some((published) => published.machine === machine)) ||
    String(own?.retired ?? []) !== String(state.retired())
  );
}

/** Every so many commits all sessions are listed, so that a new machine reads few commits and old ones can go. */
const CHECKPOINT_EVERY = 50;

/** `entries`: sessions that have changed. */
export async function writeCommit(entries: SessionEntry[], { state, files, membership }: Member, now: Date): Promise<string> {
  const { machine, exchangeId, label } = membership;
  const own = state.machines().find((one) => one.machine === machine) ?? newMachine(machine, label);
  const before = own.head === null ? null : parseCommitName(own.head);
  const seq = (before?.seq ?? 0) + 1;
  const checkpoint = before === null || seq - own.checkpoint >= CHECKPOINT_EVERY;
  const seen = seenOf(state, machine);
  const retired = state.retired();
  const header: CommitHeader = {
    format_version: EXCHANGE_VERSION,
    exchange_id: exchangeId,
    machine,
    seq,
    prev: before?.hash ?? null,
    checkpoint,
    tool_version: toolVersion(),
    created_at: now.toISOString(),
    seen,
    retired,
    removed: [],
  };
  const sessions = checkpoint ? allEntries(state, machine, entries) : grownEntries(state, machine, entries);
  const place = (hash: string): string => `${commitsFolder(machine)}/${commitName(seq, hash)}`;
  const { hash, name } = await files.write(place, files.seal.marked(encoded({ ...header, sessions })), (_name, will) =>
    state.setFact('intended', commitName(seq, will)),
  );
  await files.place.publish(machine);
  state.atOnce(() => {
    for (const entry of entries) state.putSession(machine, entry);
    const news = entries.length > 0 || checkpoint ? seq : own.news;
    const head = commitName(seq, hash);
    state.addOwnCommit(head);
    state.setFact('intended', '');
    const said = { seen, retired, checkpoint: checkpoint ? seq : own.checkpoint };
    state.putMachine({ ...own, ...said, head, news, seenAt: now.toISOString() });
    state.setAcknowledged(seen);
  });
  return name;
}

function* allEntries(state: ExchangeState, machine: string, changed: readonly SessionEntry[]): Generator<ContinuedEntry> {
  const ids = new Set(changed.map(({ thread_id }) => thread_id));
  for (const entry of changed) yield continuedEntry(entry, null);
  for (const entry of state.entriesOf(machine)) if (!ids.has(entry.thread_id)) yield continuedEntry(entry, null);
}

const grownEntries = (state: ExchangeState, machine: string, changed: readonly SessionEntry[]): ContinuedEntry[] =>
  changed.map((entry) => continuedEntry(entry, state.entry(machine, entry.thread_id)));

const seenOf = (state: ExchangeState, own: string): Record<string, number> =>
  Object.fromEntries(
    state.machines().flatMap(({ machine, news }) => (machine !== own && news > 0 ? [[machine, news] as const] : [])),
  );
