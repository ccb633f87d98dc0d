// `prune-journal`, failed at every call and killed. It is no transaction: it may be half done, but only between two journals.

import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findHot, listJournals } from '../../scripts/lib/adapters/journal/journal_scan.ts';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { listTransactions } from '../../scripts/lib/commands/transactions/list_transactions.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import {
  homeOf,
  type Machine,
  makeMachine,
  NOW,
  removeMachine,
  rolloutOf,
  syncNow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { differences, type Snapshot, snapshot, withoutJournal } from '../fixtures/snapshot.ts';
import './homes.ts';
import { callsToFail, type Failure, withFailure } from './failing_disk.ts';
import { savedCopy } from './home_states.ts';
import { momentsOf, runAndKill } from './killed_runs.ts';
import './homes.ts';

const talk = conversation('talk', '/home/far/project', ['first']);
const second = withTurn(talk, 'second');
const other = conversation('other', '/home/far/project', ['first']);

/** A session that grows twice and goes back once; then another one. All but the last transaction are dropped. */
let here: Machine;
let again: () => void;
let third: string;
let whole: ReturnType<typeof seen>;
beforeEach(() => {
  here = makeMachine();
  for (const [round, grown] of [talk, second, withTurn(second, 'third')].entries())
    syncNow(here, writePackage(here, [{ conversation: grown }]), {}, at(round));
  third = fs.readFileSync(rolloutOf(here, talk), 'utf8');
  undoNow(here, null, at(3));
  syncNow(here, writePackage(here, [{ conversation: other }]), {}, at(4));
  const saved = savedCopy(here);
  again = saved.again;
  copies.push(saved.root);
  whole = seen();
  expect(whole.ids).toHaveLength(5);
});
const copies: string[] = [];
afterEach(() => {
  for (const root of [here.root, ...copies.splice(0)]) removeMachine({ ...here, root });
});

const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);
const prune = () => pruneJournal(homeOf(here), { keep: 1, olderThan: null, execute: true }, at(9));

/** The home without its journal; what is listed; the files of each and what a rollback of it would do. */
function seen() {
  const found = snapshot(here.codexHome);
  const ids = listTransactions(homeOf(here), NOW).map(({ transaction_id }) => transaction_id);
  const filesOf = (id: string): Snapshot =>
    Object.fromEntries(Object.entries(found).filter(([name]) => name.startsWith(path.join('sync-journal', id))));
  const all = ids.map((id) => [id, { files: filesOf(id), judged: judged(id) }] as const);
  return { home: withoutJournal(found), ids, transactions: Object.fromEntries(all) };
}

function judged(transactionId: string): unknown {
  try {
    return undoNow(here, transactionId, NOW, { execute: false }).threads;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Tells whether a half deleted journal was left. */
function expectSound(when: string): boolean {
  const now = seen();
  expect(differences(now.home, whole.home), when).toEqual([]);
  expect(now.ids, when).toEqual(whole.ids.slice(0, now.ids.length));
  for (const id of now.ids) expect([when, id, now.transactions[id]]).toEqual([when, id, whole.transactions[id]]);
  const half = findHot(here.codexHome);
  const { findings } = examineSidecar(homeOf(here));
  const said = half.map((id) => ['journal_abandoned', expect.stringContaining(id), 'recover --execute']);
  expect(
    findings.map(({ code, where, mend }) => [code, where, mend]),
    when,
  ).toEqual(said);
  expect([0, 1], when).toContain(half.length);
  return half.length > 0;
}

/** By the command that the finding names, and by the next run. */
function expectFinished(when: string): void {
  const { ids } = seen();
  recoverHome(homeOf(here), true, 0);
  expect(expectSound(when), when).toBe(false);
  expect(seen().ids, when).toEqual(ids);
  prune();
  expectSound(when);
  expect(listJournals(here.codexHome), when).toHaveLength(1);
}

test.each<Failure>(['refused', 'dies'])('when a call is %s, what is listed is whole, at every call', (failure) => {
  const run = withFailure(Number.POSITIVE_INFINITY, failure, prune);
  expect([run.thrown, seen().ids]).toEqual([null, whole.ids.slice(0, 1)]);
  const left: number[] = [];
  let halves = 0;
  for (const call of callsToFail(run, failure)) {
    again();
    withFailure(call, failure, prune);
    const when = `${failure} at call ${call} of ${run.calls}`;
    if (expectSound(when)) halves++;
    left.push(seen().ids.length);
    expectFinished(when);
  }
  expect(halves).toBeGreaterThanOrEqual(4);
  expect(left).toEqual(expect.arrayContaining([5, 4, 1]));
});

test('a run that is killed leaves what is listed whole', async () => {
  const words = ['prune-journal', '--keep', '1', '--execute', '--codex-home', here.codexHome];
  const left = new Set<number>();
  for (const moment of await momentsOf(words, here, { inTime: 1, atCalls: 7 })) {
    again();
    await runAndKill(words, here, moment);
    expectSound(JSON.stringify(moment));
    left.add(seen().ids.length);

    expectFinished(JSON.stringify(moment));
  }
  expect(left.size).toBeGreaterThan(2);
});

test('a rollback whose transaction is gone already can still be taken back', () => {
  const [last, back] = whole.ids;
  for (let call = 1; seen().ids.length > 2; call++) {
    again();
    withFailure(call, 'dies_after', prune);
  }
  expect(seen().ids).toEqual([last, back]);
  expect(undoNow(here, String(back), at(10)).threads).toMatchObject([{ thread_id: talk.id, outcome: 'rolled_back' }]);
  expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(third);
});
