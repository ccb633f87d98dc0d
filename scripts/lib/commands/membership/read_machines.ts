// Takes what all machines have published, as far as it has arrived, into what is known of the exchange.

import { decoded } from '../../adapters/exchange/commit_file.ts';
import { type ExchangeState, type KnownMachine, newMachine } from '../../adapters/exchange/exchange_state.ts';
import type { PlaceFiles } from '../../adapters/place/place_files.ts';
import { findChain } from '../../domain/exchange/chain.ts';
import type { Commit } from '../../domain/exchange/commit.ts';
import { wholeEntry } from '../../domain/exchange/continued_entry.ts';
import { CommitFault, parseCommit } from '../../domain/exchange/parse_commit.ts';
import { type CommitName, commitsFolder, isMachineId, MACHINES, parseCommitName } from '../../domain/exchange/place_layout.ts';
import { type Finding, finding } from '../../domain/findings/finding.ts';
import { labelOf } from './machine_card.ts';
import type { Member } from './membership.ts';
import { keepIdentity } from './own_identity.ts';

export async function readMachines(member: Member, now: Date): Promise<Finding[]> {
  const { state, files } = member;
  const found = await keepIdentity(member, now);
  for (const machine of files.namesIn(MACHINES).filter(isMachineId)) {
    const known = state.machines().find((one) => one.machine === machine);
    const label = (await labelOf(machine, files)) ?? known?.label ?? machine.slice(0, 8);
    const before = { ...(known ?? newMachine(machine, label)), label };
    found.push(...(await readMachine(before, { exchangeId: member.membership.exchangeId, state, files, now })));
  }
  return found;
}

type Reading = { exchangeId: string; state: ExchangeState; files: PlaceFiles; now: Date };

async function readMachine(known: KnownMachine, reading: Reading): Promise<Finding[]> {
  const { machine } = known;
  const { names, found } = commitsOf(machine, reading.files);
  const head = known.head === null ? null : parseCommitName(known.head);
  const commits = await readCommits(names, head, machine, reading, found);
  const { chain, pending } = findChain(names, head, ({ name }) => commits.get(name) ?? null);
  const unread = new Set(found.map(({ where }) => where));
  const waiting = pending.map(({ name }) => `${commitsFolder(machine)}/${name}`).filter((where) => !unread.has(where));
  found.push(...waiting.map((where) => finding('delivery_pending', where, 'a commit before it has not arrived')));
  const fault = take(known, chain?.commits ?? [], chain?.head ?? null, reading);
  if (fault && chain) found.push(finding('commit_refused', `${commitsFolder(machine)}/${chain.head.name}`, fault));
  found.push(...(await readForks(names, chain?.head ?? head, machine, reading)));
  return found;
}

function commitsOf(machine: string, files: PlaceFiles): { names: CommitName[]; found: Finding[] } {
  const names: CommitName[] = [];
  const found: Finding[] = [];
  const folder = commitsFolder(machine);
  for (const name of files.namesIn(folder)) {
    const parsed = parseCommitName(name);
    if (parsed) names.push(parsed);
    else if (!name.startsWith('.')) found.push(finding('unknown_file', `${folder}/${name}`, 'it is not a commit'));
  }
  return { names, found };
}

/** Those that are newer than what is known, by name; and no more than the way back to a checkpoint needs. */
async function readCommits(
  names: CommitName[],
  known: CommitName | null,
  machine: string,
  reading: Reading,
  found: Finding[],
): Promise<Map<string, Commit>> {
  const read = new Map<string, Commit>();
  const newest = names.filter(({ seq }) => seq > (known?.seq ?? 0)).toSorted((one, other) => other.seq - one.seq);
  for (const name of newest) {
    const commit = await readCommit(name, machine, reading);
    if ('code' in commit) found.push(commit);
    else read.set(name.name, commit);
    if ('checkpoint' in commit && commit.checkpoint) break;
  }
  return read;
}

/** The commit, or why it cannot be taken. */
async function readCommit({ name, seq }: CommitName, machine: string, { exchangeId, files }: Reading): Promise<Commit | Finding> {
  const where = `${commitsFolder(machine)}/${name}`;
  const bytes = await files.read(where);
  if (!bytes) return finding('delivery_pending', where, files.whyUnread(where));
  const checked = files.seal.checked(bytes);
  if (!checked) return finding('commit_refused', where, 'no machine of this exchange has made it: its mark is not right');
  try {
    return parseCommit(decoded(checked), { exchangeId, machine, seq });
  } catch (error) {
    if (error instanceof CommitFault) return finding('commit_refused', where, error.message);
    throw error;
  }
}

/** All of the commits or none. What is wrong with one of them; null where they are taken. */
function take(known: KnownMachine, commits: Commit[], head: CommitName | null, { state, now }: Reading): string | null {
  try {
    state.atOnce(() => {
      const { seenAt } = known;
      const taken = commits.reduce((before, commit) => apply(before, commit, state), known);
      state.putMachine({ ...taken, head: head?.name ?? known.head, seenAt: commits.length > 0 ? now.toISOString() : seenAt });
    });
    return null;
  } catch (error) {
    if (error instanceof CommitFault) return error.message;
    throw error;
  }
}

function apply(known: KnownMachine, commit: Commit, state: ExchangeState): KnownMachine {
  const { machine } = known;
  if (commit.checkpoint) state.forgetSessions(machine);
  for (const threadId of commit.removed) state.removeSession(machine, threadId);
  let count = commit.removed.length;
  for (const entry of commit.sessions) {
    const whole = wholeEntry(entry, state.entry(machine, entry.thread_id));
    if (!whole) throw new CommitFault(`${entry.thread_id} goes on from a state that it does not have`);
    state.putSession(machine, whole);
    count++;
  }
  const { seq, checkpoint, seen, retired } = commit;
  return { ...known, news: count > 0 ? seq : known.news, checkpoint: checkpoint ? seq : known.checkpoint, seen, retired };
}

/**
 * Two commits of one number: a machine was copied, and both copies have published. What only the other one says is read as if a machine of
 * its own had said it; its owner takes another id as soon as it notices.
 */
async function readForks(names: CommitName[], head: CommitName | null, machine: string, reading: Reading): Promise<Finding[]> {
  const count = new Map<number, number>();
  for (const { seq } of names) count.set(seq, (count.get(seq) ?? 0) + 1);
  const forked = names.filter(({ seq, name }) => (count.get(seq) ?? 0) > 1 && name !== head?.name);
  for (const name of forked) {
    const commit = await readCommit(name, machine, reading);
    if ('code' in commit) continue;
    reading.state.atOnce(() => {
      for (const entry of commit.sessions) {
        const whole = wholeEntry(entry, reading.state.entry(machine, entry.thread_id));
        if (whole) reading.state.putSession(`${machine}~${name.hash.slice(0, 8)}`, whole);
      }
    });
  }
  return forked.length === 0
    ? []
    : [finding('machine_forked', commitsFolder(machine), `${forked.length + 1} commits share a number`)];
}
