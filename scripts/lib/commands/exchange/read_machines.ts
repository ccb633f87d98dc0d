// Takes what all machines have published, as far as it has arrived, into what is known of the exchange.

import path from 'node:path';
import { decoded } from '../../adapters/exchange/commit_file.ts';
import type { ExchangeState, KnownMachine } from '../../adapters/exchange/exchange_state.ts';
import type { PlaceFiles } from '../../adapters/place/place_files.ts';
import { findChain } from '../../domain/exchange/chain.ts';
import { type Commit, wholeEntry } from '../../domain/exchange/commit.ts';
import { CommitFault, parseCommit } from '../../domain/exchange/parse_commit.ts';
import {
  type CommitName,
  commitsFolder,
  isCardName,
  isMachineId,
  MACHINES,
  machineFolder,
  parseCommitName,
} from '../../domain/exchange/place_layout.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { parseObject } from '../../domain/json/json_value.ts';
import type { Member } from './membership.ts';

export async function readMachines({ membership, state, files }: Member, now: Date): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const machine of files.namesIn(MACHINES).filter(isMachineId))
    found.push(...(await readMachine(machine, membership.exchangeId, state, files, now)));
  return found;
}

async function readMachine(
  machine: string,
  exchangeId: string,
  state: ExchangeState,
  files: PlaceFiles,
  now: Date,
): Promise<Finding[]> {
  const folder = commitsFolder(machine);
  const found: Finding[] = [];
  const names: CommitName[] = [];
  for (const name of files.namesIn(folder)) {
    const parsed = parseCommitName(name);
    if (parsed) names.push(parsed);
    else if (!name.startsWith('.')) found.push(finding('unknown_file', `${folder}/${name}`, 'it is not a commit'));
  }
  const known = state.machines().find((one) => one.machine === machine) ?? null;
  const head = known?.head ? parseCommitName(known.head) : null;
  const commits = await readCommits(names, head, { folder, exchangeId, machine, files, found });
  const { chain, pending } = findChain(names, head, ({ name }) => commits.get(name) ?? null);
  found.push(
    ...pending
      .filter(({ name }) => !found.some(({ where }) => where === `${folder}/${name}`))
      .map(({ name }) => finding('delivery_pending', `${folder}/${name}`, 'a commit before it has not arrived')),
  );
  if (chain || !known) {
    const label = known?.label ?? (await labelOf(machine, files)) ?? machine.slice(0, 8);
    const before: KnownMachine = known ?? { machine, label, head: null, news: 0, seenAt: null };
    state.atOnce(() => apply(state, before, chain ? chain.commits : [], chain?.head ?? null, now));
  }
  return found;
}

type Source = { folder: string; exchangeId: string; machine: string; files: PlaceFiles; found: Finding[] };

/** Those that are newer than what is known, by name; and no more than the way back to a checkpoint needs. */
async function readCommits(names: CommitName[], known: CommitName | null, source: Source): Promise<Map<string, Commit>> {
  const read = new Map<string, Commit>();
  const newest = names.filter(({ seq }) => seq > (known?.seq ?? 0)).toSorted((one, other) => other.seq - one.seq);
  for (const name of newest) {
    const commit = await readCommit(name, source);
    if (!commit) continue;
    read.set(name.name, commit);
    if (commit.checkpoint) break;
  }
  return read;
}

async function readCommit(
  { name, seq }: CommitName,
  { folder, exchangeId, machine, files, found }: Source,
): Promise<Commit | null> {
  const where = `${folder}/${name}`;
  const bytes = await files.read(where);
  if (!bytes) {
    found.push(finding('delivery_pending', where, 'it has not arrived whole'));
    return null;
  }
  try {
    return parseCommit(decoded(bytes), { exchangeId, machine, seq });
  } catch (error) {
    if (!(error instanceof CommitFault)) throw error;
    found.push(finding('commit_refused', where, error.message));
    return null;
  }
}

function apply(state: ExchangeState, known: KnownMachine, commits: Commit[], head: CommitName | null, now: Date): void {
  const { machine } = known;
  let { news } = known;
  for (const commit of commits) {
    if (commit.checkpoint) state.forgetSessions(machine);
    for (const threadId of commit.removed) state.removeSession(machine, threadId);
    for (const entry of commit.sessions) {
      const whole = wholeEntry(entry, state.entry(machine, entry.thread_id));
      if (whole) state.putSession(machine, whole);
    }
    if (commit.sessions.length + commit.removed.length > 0) news = commit.seq;
  }
  const seenAt = commits.length > 0 ? now.toISOString() : known.seenAt;
  state.putMachine({ ...known, head: head?.name ?? known.head, news, seenAt });
}

/** What it calls itself; null where that has not arrived. */
async function labelOf(machine: string, files: PlaceFiles): Promise<string | null> {
  const folder = machineFolder(machine);
  for (const name of files.namesIn(folder).filter(isCardName)) {
    const bytes = await files.read(path.posix.join(folder, name));
    const label = bytes && parseObject(bytes.toString('utf8'))?.label;
    if (typeof label === 'string' && label !== '') return label.slice(0, 64);
  }
  return null;
}
