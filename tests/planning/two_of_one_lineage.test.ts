// A package with two sessions that both belong to one session here: only one of them may write it.

import fs from 'node:fs';
import { expect, test } from 'vitest';
import type { ThreadId } from '../../scripts/lib/domain/ids/thread_id.ts';
import { type Conversation, conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import { addSession, planNow, rolloutOf, syncNow, threadRow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();
const talk = conversation('talk', '/home/far/project', ['first']);
const longer = withTurn(talk, 'second');

/** The same history under another id, as a branch of it has there. */
function underAnotherId(source: Conversation): Conversation {
  const id = `${source.id.slice(0, -4)}beef` as ThreadId;
  return { ...source, id, lines: source.lines.map((line) => line.replaceAll(`id":"${source.id}"`, `id":"${id}"`)) };
}
const branch = underAnotherId(withTurn(talk, 'said elsewhere'));

test.each([
  ['first', [longer, branch]],
  ['last', [branch, longer]],
])(
  'a session and its branch that both go on from what is here: the one is added, the other is a branch here too (%s)',
  (_where, packed) => {
    const here = machine();
    addSession(here, talk);
    const before = threadRow(here, talk.id);
    const folder = writePackage(
      here,
      packed.map((one) => ({ conversation: one })),
    );
    const { plan, transactionId } = syncNow(here, folder);
    expect(
      Object.fromEntries(plan.sessions.map(({ thread_id, action, local_thread_id }) => [thread_id, [action, local_thread_id]])),
    ).toEqual({
      [talk.id]: ['append', talk.id],
      [branch.id]: ['branch', branch.id],
    });
    expect([talk, branch].map((one) => fs.readFileSync(rolloutOf(here, one), 'utf8'))).toEqual([textOf(longer), textOf(branch)]);
    const after = snapshot(here.codexHome);
    expect(syncNow(here, folder).plan.changes).toEqual([]);
    expect(snapshot(here.codexHome)).toEqual(after);
    undoNow(here, transactionId);
    expect(threadRow(here, talk.id)).toEqual(before);
  },
);

test('two that hold no more than what is here mend its row once', () => {
  const here = machine();
  addSession(here, longer, { preview: '', model_provider: '' });
  const older = underAnotherId(talk);
  const folder = writePackage(here, [
    { conversation: older, row: { preview: 'older' } },
    { conversation: longer, row: { preview: 'same' } },
  ]);
  expect(syncNow(here, folder).transactionId).not.toBeNull();
  expect(threadRow(here, talk.id)).toMatchObject({ model_provider: 'openai' });
  expect(planNow(here, folder).plan.changes).toEqual([]);
});

test('an older one beside the one that is added does not stand in its way', () => {
  const here = machine();
  addSession(here, talk, { preview: '' });
  const folder = writePackage(here, [{ conversation: underAnotherId(talk) }, { conversation: longer }]);
  expect(syncNow(here, folder).plan.sessions.map(({ action }) => action)).toEqual(['none', 'append']);
  expect(fs.readFileSync(rolloutOf(here, talk), 'utf8')).toBe(textOf(longer));
  expect(planNow(here, folder).plan.changes).toEqual([]);
});
