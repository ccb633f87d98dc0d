// The clock was set back, or was years ahead for a while. What came first is told by ids, never by clocks.

import { expect, test } from 'vitest';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { listTransactions } from '../../scripts/lib/commands/transactions/list_transactions.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { type Conversation, conversation, withTurn } from '../fixtures/conversation.ts';
import { homeOf, inSidecar, type Machine, NOW, syncNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const make = machinesOfEachTest();
const DAY = 86_400_000;
const day = (days: number): Date => new Date(NOW.getTime() + days * DAY);

/** A session that grows by a turn at each of these times of the clock; ids in the order in which it was done. */
function grown(...days: number[]): { here: Machine; ids: string[] } {
  const here = make();
  let talk: Conversation = conversation('talk', '/home/far/project', ['first']);
  const ids = days.map((at, round) => {
    if (round > 0) talk = withTurn(talk, `turn ${round}`);
    return String(syncNow(here, writePackage(here, [{ conversation: talk }]), {}, day(at)).transactionId);
  });
  return { here, ids };
}

const listed = (here: Machine): string[] => listTransactions(homeOf(here), day(0)).map(({ transaction_id }) => transaction_id);
const pointIn = (here: Machine) => inSidecar(here, (database) => database.prepare('SELECT * FROM sync_points').all());

test.each([
  ['was set back', [0, -3, -2]],
  ['was far ahead once', [0, 4000, 1]],
])(
  'a clock that %s: transactions are listed newest first, and health and a replay agree with what was done last',
  (_what, days) => {
    const { here, ids } = grown(...days);
    expect(listed(here)).toEqual(ids.toReversed());
    expect(examineSidecar(homeOf(here)).findings).toEqual([]);
    const before = pointIn(here);
    deriveSidecar(homeOf(here), { how: 'replay', execute: true }, day(2));
    deriveSidecar(homeOf(here), { how: 'rebuild', execute: true }, day(2));
    expect(pointIn(here)).toEqual(before);
  },
);

const pruned = (here: Machine, days: number, now: number): string[] =>
  pruneJournal(homeOf(here), { keep: null, olderThan: days * DAY, execute: true }, day(now)).pruned.map(
    ({ transaction_id }) => transaction_id,
  );

test.each<[what: string, clock: number[], now: number, gone: number]>([
  ['set back by years for the newest', [0, -3000], 1, 0],
  ['set back, and the oldest is old', [0, -3000, 40], 41, 2],
  ['far ahead once', [0, 4000, 1, 39], 40, 3],
  ['far ahead once, and nothing is old', [0, 4000, 1], 2, 0],
])('`prune-journal --older-than` with a clock that was %s drops nothing newer than what it keeps', (_what, clock, now, gone) => {
  const { here, ids } = grown(...clock);
  expect(pruned(here, 30, now)).toEqual(ids.slice(0, gone).toReversed());
  expect(listed(here)).toEqual(ids.slice(gone).toReversed());
});
