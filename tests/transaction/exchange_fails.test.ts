// Every call of an exchange that changes a disk or a database fails, or is the last of its process. Whatever was reached, others read a state that
// was published whole, and the next run completes what is missing.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { checkExchange } from '../../scripts/lib/commands/exchange/check_exchange.ts';
import { collectGarbage } from '../../scripts/lib/commands/exchange/collect_garbage.ts';
import { conversation } from '../fixtures/conversation.ts';
import { exchangeNow, goOn, join, promptsOf } from '../fixtures/exchange.ts';
import { addSession, homeOf, type Machine, NOW } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { callsToFail, withFailureWhile } from './failing_disk.ts';

const machine = machinesOfEachTest();
const later = (days: number): Date => new Date(NOW.getTime() + days * 86_400_000);

/** Puts the folders back as they are now, as often as it is called. */
function keeper(folders: string[]): () => void {
  const copies = folders.map((folder) => [folder, `${folder}.kept`] as const);
  for (const [folder, copy] of copies) fs.cpSync(folder, copy, { recursive: true, preserveTimestamps: true });
  return () => {
    for (const [folder, copy] of copies) {
      fs.rmSync(folder, { recursive: true, force: true });
      fs.cpSync(copy, folder, { recursive: true, preserveTimestamps: true });
    }
  };
}

async function twoInStep(): Promise<{ a: Machine; b: Machine; place: string; putBack: () => void; id: string }> {
  const [a, b] = [machine(), machine()];
  const place = path.join(a.root, 'shared');
  await join(a, place, 'a');
  await join(b, place, 'b');
  const talk = conversation('talk', a.userHome, ['one']);
  addSession(a, talk);
  for (const one of [a, b, a, b]) await exchangeNow(one);
  goOn(a, talk.id, 'two');
  addSession(a, conversation('second', a.userHome, ['new']));
  return { a, b, place, putBack: keeper([a.userHome, b.userHome, place]), id: talk.id };
}

const BEFORE = [['one']];
const AFTER = [['new'], ['one', 'two']];
const held = (one: Machine): string[][] => [...promptsOf(one).values()].sort();
const wrongIn = async (one: Machine) => (await checkExchange(homeOf(one), NOW)).findings;

test.each(['refused', 'half', 'unreported', 'dies', 'dies_after'] as const)(
  'a push with a call that is %s publishes all of a commit or none, and the next one the rest',
  async (failure) => {
    const { a, b, putBack } = await twoInStep();
    const push = () => exchangeNow(a, { pulls: false });
    const whole = await withFailureWhile(Number.POSITIVE_INFINITY, failure, push);
    expect(whole.calls).toBeGreaterThan(20);
    for (const at of callsToFail(whole, failure)) {
      putBack();
      await withFailureWhile(at, failure, push);
      await exchangeNow(b);
      expect([BEFORE, AFTER], `call ${at} of ${whole.calls}`).toContainEqual(held(b));
      await exchangeNow(a);
      const { findings } = await exchangeNow(b);
      expect(held(b), `call ${at} of ${whole.calls}`).toEqual(AFTER);
      expect([...findings, ...(await wrongIn(b))]).toEqual([]);
    }
  },
  120_000,
);

test.each(['refused', 'unreported', 'dies', 'dies_after'] as const)(
  'a pull with a call that is %s takes in all or nothing, and the next one completes it',
  async (failure) => {
    const first = await twoInStep();
    const { a, b, place } = first;
    await exchangeNow(a);
    const putBack = keeper([b.userHome, place]);
    const pull = () => exchangeNow(b);
    const whole = await withFailureWhile(Number.POSITIVE_INFINITY, failure, pull);
    // What fails inside a transaction is shown for every command at once (every_step_fails.test.ts).
    const own = callsToFail(whole, failure).filter((at) => !whole.sites[at - 1]?.includes('run_transaction'));
    expect(own.length).toBeGreaterThan(5);
    for (const at of own) {
      putBack();
      await withFailureWhile(at, failure, pull);
      await exchangeNow(b);
      expect(held(b), `call ${at} of ${whole.calls}`).toEqual(AFTER);
      await exchangeNow(a);
      expect(held(a)).toEqual(AFTER);
      const { pulled, pushed } = await exchangeNow(b);
      expect([pulled.map(({ result }) => result), pushed?.sessions]).toEqual([[null], []]);
    }
  },
  120_000,
);

test('what nobody needs goes after seven days, not before, and not while a machine has not heard of it', async () => {
  const { a, b, place } = await twoInStep();
  const strange = path.join(place, 'machines', 'x');
  fs.writeFileSync(strange, '');
  await exchangeNow(a);
  const own = packsOfOwn(place);
  const unneeded = path.join(path.dirname(own[0] as string), 'f'.repeat(64));
  fs.writeFileSync(unneeded, 'nobody names this');
  const gc = (days: number) => collectGarbage(homeOf(a), true, later(days));
  await exchangeNow(b);
  await exchangeNow(a);
  expect(await gc(0)).toMatchObject({ removed: [], waiting: 1 });
  expect(await gc(6)).toMatchObject({ removed: [], waiting: 1 });
  const { removed } = await gc(7);
  expect(removed.map((name) => path.basename(name))).toEqual(['f'.repeat(64)]);
  expect([fs.existsSync(unneeded), fs.existsSync(strange)]).toEqual([false, true]);
  for (const one of [a, b]) expect(await wrongIn(one)).toEqual([]);
});

const packsOfOwn = (place: string): string[] =>
  fs
    .readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((name) => /packs.[0-9a-f]{2}.[0-9a-f]{64}$/.test(name))
    .map((name) => path.join(place, name));
