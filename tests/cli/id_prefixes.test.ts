import path from 'node:path';
import { expect, test } from 'vitest';
import { findHolders } from '../../scripts/lib/adapters/holders/thread_holders.ts';
import { adopt } from '../../scripts/lib/commands/adopt/adopt.ts';
import { verify } from '../../scripts/lib/commands/health/verify.ts';
import { packup } from '../../scripts/lib/commands/packup/packup.ts';
import { conversation } from '../fixtures/conversation.ts';
import { addSession, homeOf, type Machine, NOW, planNow, syncNow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const make = machinesOfEachTest();
const [one, other] = [conversation('one', '/home/far/a', ['first']), conversation('other', '/home/far/b', ['second'])];

/** So much of the first id that the second one does not begin with it. */
const beginning = [...one.id].map((_, at) => one.id.slice(0, at + 1)).find((part) => !other.id.startsWith(part)) as string;
const shared = beginning.slice(0, -1);

function withBoth(): Machine & { transactionId: string } {
  const here = make();
  const done = syncNow(here, writePackage(here, [{ conversation: one }, { conversation: other }]));
  return { ...here, transactionId: done.transactionId as string };
}

const ambiguous = expect.objectContaining({
  code: 'usage',
  message: expect.stringContaining([one.id, other.id].sort().join(', ')),
});

test('inspect-package and sync take a session by the beginning of its id', () => {
  const here = make();
  const folder = writePackage(here, [{ conversation: one }, { conversation: other }]);
  expect(planNow(here, folder, { threadIds: [beginning] }).plan.sessions.map(({ thread_id }) => thread_id)).toEqual([one.id]);
  expect(() => planNow(here, folder, { threadIds: [shared] })).toThrow(ambiguous);
  expect(() => planNow(here, folder, { threadIds: ['ffff'] })).toThrow(expect.objectContaining({ code: 'nothing_selected' }));
});

test('rollback takes transaction and sessions by the beginning of their ids', () => {
  const here = withBoth();
  const undo = (transactionId: string, threadIds: string[]) =>
    undoNow(here, transactionId, NOW, { threadIds, execute: false }).threads.map((thread) => thread.thread_id);
  expect(undo(here.transactionId.slice(0, 8), [beginning])).toEqual([one.id]);
  expect(() => undo(here.transactionId, [shared])).toThrow(ambiguous);
  expect(() => undo('ffff', [])).toThrow(expect.objectContaining({ code: 'transaction_not_found' }));
});

test('verify, adopt and packup take a session by the beginning of its id', async () => {
  const here = withBoth();
  expect(await verify(homeOf(here), { threadIds: [beginning], codexBinary: null })).toMatchObject({ checked: 1, findings: [] });
  await expect(verify(homeOf(here), { threadIds: [shared], codexBinary: null })).rejects.toThrow(ambiguous);
  await expect(verify(homeOf(here), { threadIds: ['ffff'], codexBinary: null })).rejects.toThrow(
    expect.objectContaining({ code: 'nothing_selected' }),
  );
  const packed = packup(
    homeOf(here),
    { cwdFilter: null, threadIds: [beginning], all: false },
    path.join(here.root, 'packed'),
    NOW,
  );
  expect(packed.sessions.map(({ thread_id }) => thread_id)).toEqual([one.id]);
  const own = make();
  for (const session of [one, other]) addSession(own, session);
  const request = { all: false, repair: false, execute: false };
  expect(adopt(homeOf(own), { ...request, threadIds: [beginning] }, NOW).sessions.map((s) => s.thread_id)).toEqual([one.id]);
  expect(() => adopt(homeOf(own), { ...request, threadIds: [shared] }, NOW)).toThrow(ambiguous);
});

test('an empty CODEX_THREAD_ID names no session', () => {
  expect(findHolders(homeOf(make(), { CODEX_THREAD_ID: '' })).whyBusy('', null)).toBeNull();
});
