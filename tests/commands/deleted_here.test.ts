import fs from 'node:fs';
import { expect, test } from 'vitest';
import { agentRow, subAgent, withAgent } from '../fixtures/agents.ts';
import { type Conversation, conversation, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  inSidecar,
  inState,
  type Machine,
  NOW,
  planNow,
  rolloutOf,
  syncNow,
  threadRow,
  undoNow,
  writePackage,
} from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();
const talk = conversation('talk', '/home/far/project', ['first']);

function forget(here: Machine, { id }: Conversation): void {
  fs.rmSync(String(threadRow(here, id)?.rollout_path));
  inState(here, (database) => database.prepare('DELETE FROM threads WHERE id = ?').run(id));
}
const tombstones = (here: Machine): unknown[] =>
  inSidecar(here, (database) => database.prepare('SELECT * FROM tombstones').all());
const undo = (here: Machine, { transactionId }: ReturnType<typeof syncNow>) => undoNow(here, transactionId);
const outcomeIn = ({ plan }: ReturnType<typeof planNow>, { id } = talk): string => {
  const session = plan.sessions.find(({ thread_id }) => thread_id === id);
  return `${session?.classification}: ${session?.action}: ${session?.reason}`;
};
const DELETED = /^unchanged: none: deleted here on \d{4}-\d\d-\d\d$/;

function deleted(): { here: Machine; newer: string } {
  const here = machine();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  forget(here, talk);
  return { here, newer: writePackage(here, [{ conversation: withTurn(talk, 'second') }]) };
}

test('a deleted session stays away, however often a package brings it, and the sidecar remembers it', () => {
  const { here, newer } = deleted();
  const dry = planNow(here, newer);
  expect(outcomeIn(dry)).toMatch(DELETED);
  expect(syncNow(here, newer).plan.digest).toBe(dry.plan.digest);
  expect(tombstones(here)).toMatchObject([{ source_thread_id: talk.id, thread_id: talk.id }]);
  const after = snapshot(here.root);
  const again = syncNow(here, newer);
  expect([outcomeIn(again), again.transactionId]).toEqual([outcomeIn(dry), null]);
  expect(snapshot(here.root)).toEqual(after);
  expect(threadRow(here, talk.id)).toBeUndefined();
});

test('where the folder is gone as well, the first sync that sees it gives the date', () => {
  const { here, newer } = deleted();
  fs.rmSync(`${here.codexHome}/sessions`, { recursive: true });
  expect(outcomeIn(syncNow(here, newer))).toBe('unchanged: none: deleted here since the last sync');
  expect(outcomeIn(planNow(here, newer))).toBe(`unchanged: none: deleted here on ${NOW.toISOString().slice(0, 10)}`);
});

test('a tombstone alone is enough, without head and sync points', () => {
  const { here, newer } = deleted();
  syncNow(here, newer);
  inSidecar(here, (database) => database.exec('DELETE FROM heads; DELETE FROM sync_points;'));
  expect(outcomeIn(planNow(here, newer))).toMatch(DELETED);
});

test('--resurrect brings it back under its own id and forgets the deletion; a rollback takes both back', () => {
  const { here, newer } = deleted();
  syncNow(here, newer);
  const result = syncNow(here, newer, { resurrect: true });
  expect(outcomeIn(result)).toMatch(/^new_lineage: create: deleted here on .*, brought back by --resurrect$/);
  expect([threadRow(here, talk.id)?.id, tombstones(here)]).toEqual([talk.id, []]);
  expect(outcomeIn(planNow(here, newer))).toMatch(/^unchanged: none: this content was synced before/);
  undo(here, result);
  expect([threadRow(here, talk.id), tombstones(here).length]).toEqual([undefined, 1]);
  expect(outcomeIn(planNow(here, newer))).toMatch(DELETED);
});

test('a rollback of the run that noticed it forgets the date only', () => {
  const { here, newer } = deleted();
  undo(here, syncNow(here, newer));
  expect(tombstones(here)).toEqual([]);
  expect(outcomeIn(planNow(here, newer))).toMatch(DELETED);
});

test('a sync that was rolled back is no deletion', () => {
  const here = machine();
  const folder = writePackage(here, [{ conversation: talk }]);
  undo(here, syncNow(here, folder));
  expect(outcomeIn(planNow(here, folder))).toMatch(/^new_lineage: create: nothing here/);
});

test('a session that is here again goes on, and its tombstone goes', () => {
  const { here, newer } = deleted();
  syncNow(here, newer);
  addSession(here, talk);
  expect(outcomeIn(syncNow(here, newer))).toMatch(/^fast_forward_import: append/);
  expect(tombstones(here)).toEqual([]);
});

test('a session of which the row is left is made again', () => {
  const here = machine();
  const folder = writePackage(here, [{ conversation: talk }]);
  syncNow(here, folder);
  fs.rmSync(rolloutOf(here, talk));
  expect(outcomeIn(planNow(here, folder))).toMatch(/^new_lineage: create/);
});

test('sub-agents of a deleted session stay away with it and come back with it', () => {
  const here = machine();
  const agent = subAgent(talk, 'agent', ['its task']);
  const parent = withAgent(talk, agent);
  const packed = [{ conversation: parent }, { conversation: agent, row: agentRow(talk) }];
  syncNow(here, writePackage(here, packed));
  for (const gone of [parent, agent]) forget(here, gone);
  const late = subAgent(talk, 'late', ['a late task']);
  const folder = writePackage(here, [...packed, { conversation: late, row: agentRow(talk) }]);
  const { plan } = syncNow(here, folder);
  expect(plan.sessions.map(({ action }) => action)).toEqual(['none', 'none', 'none']);
  const back = syncNow(here, folder, { resurrect: true });
  expect(back.plan.sessions.map(({ action }) => action)).toEqual(['create', 'create', 'create']);
});
