import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { listTransactions } from '../../scripts/lib/commands/transactions/list_transactions.ts';
import { pruneJournal } from '../../scripts/lib/commands/transactions/prune_journal.ts';
import { recoverHome } from '../../scripts/lib/commands/transactions/recover.ts';
import { type Conversation, conversation, withTurn } from '../fixtures/conversation.ts';
import { homeOf, type Machine, NOW, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const make = machinesOfEachTest();
const DAY = 86_400_000;
const talk = conversation('talk', '/home/far/project', ['first']);

/** Syncs a growing session, one turn and ten days after the other. */
function storied(): { here: Machine; ids: string[] } {
  const here = make();
  let grown: Conversation = talk;
  const ids = [0, 1, 2].map((round) => {
    if (round > 0) grown = withTurn(grown, `turn ${round}`);
    const { transactionId } = syncNow(here, writePackage(here, [{ conversation: grown }]), {}, at(round * 10));
    return String(transactionId);
  });
  return { here, ids };
}
const at = (days: number): Date => new Date(NOW.getTime() + days * DAY);
const left = (here: Machine): string[] => listTransactions(homeOf(here), NOW).map(({ transaction_id }) => transaction_id);
const undo = (here: Machine, transactionId: string, days: number) => undoNow(here, transactionId, at(days));

test.each([
  ['all but the newest', { keep: 1, olderThan: null }, 1],
  ['those of more than fifteen days', { keep: null, olderThan: 15 * DAY }, 2],
])('%s go, the rest can still be rolled back', (_what, which, stay) => {
  const { here, ids } = storied();
  const before = snapshot(here.codexHome);
  const dry = pruneJournal(homeOf(here), { ...which, execute: false }, at(21));
  expect([dry.pruned.length, dry.kept, snapshot(here.codexHome)]).toEqual([3 - stay, stay, before]);
  pruneJournal(homeOf(here), { ...which, execute: true }, at(21));
  expect(left(here)).toEqual(ids.toReversed().slice(0, stay));
  expect(undo(here, String(ids[2]), 22).threads).toMatchObject([{ outcome: 'rolled_back' }]);
});

test('what a kept rollback takes back stays with it', () => {
  const { here, ids } = storied();
  const { transactionId } = undo(here, String(ids[2]), 21);
  pruneJournal(homeOf(here), { keep: 1, olderThan: null, execute: true }, at(22));
  expect(left(here)).toEqual([transactionId, ids[2]]);
  expect(undo(here, String(transactionId), 23).threads).toMatchObject([{ outcome: 'rolled_back' }]);
});

test('a kill between manifest and folder leaves what recover removes', () => {
  const { here, ids } = storied();
  const folder = path.join(here.codexHome, 'sync-journal', String(ids[0]));
  fs.rmSync(path.join(folder, 'manifest.json'));
  const outside = snapshot(path.join(here.codexHome, 'sessions'));
  recoverHome(homeOf(here), true, 0);
  expect([fs.existsSync(folder), left(here).length, snapshot(path.join(here.codexHome, 'sessions'))]).toEqual([
    false,
    2,
    outside,
  ]);
});

test('neither or both of the flags is a usage error', () => {
  const { here } = storied();
  for (const which of [
    { keep: null, olderThan: null },
    { keep: 1, olderThan: 1 },
  ])
    expect(() => pruneJournal(homeOf(here), { ...which, execute: true }, NOW)).toThrow('--keep N');
});

test('the journal of one more turn on a large rollout holds the turn, not the rollout', () => {
  const here = make();
  const large = withTurn(conversation('large', '/home/far/project', ['first']), 'x'.repeat(5_000_000));
  syncNow(here, writePackage(here, [{ conversation: large }]));
  syncNow(here, writePackage(here, [{ conversation: withTurn(large, 'more') }]), {}, at(1));
  expect(listTransactions(homeOf(here), at(3))[0]).toMatchObject({ command: 'sync', age_days: 2 });
  expect(listTransactions(homeOf(here), at(3))[0]?.bytes).toBeLessThan(64_000);
});
