import fs from 'node:fs';
import { expect, test } from 'vitest';
import { examineSidecar } from '../../scripts/lib/commands/health/sidecar_health.ts';
import { deriveSidecar } from '../../scripts/lib/commands/sidecar/derive_sidecar.ts';
import { pruneMappings } from '../../scripts/lib/commands/sidecar/prune_mappings.ts';
import { agentRow, subAgent, withAgent } from '../fixtures/agents.ts';
import { type Conversation, conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import {
  addSession,
  homeOf,
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

function forget(here: Machine, { id }: Pick<Conversation, 'id'>): void {
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
const codesOf = (here: Machine) => examineSidecar(homeOf(here)).findings.map(({ code }) => code);
const DELETED = /^unchanged: none: deleted locally on \d{4}-\d\d-\d\d$/;

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
  expect(outcomeIn(syncNow(here, newer))).toBe('unchanged: none: deleted locally since the last sync');
  expect(outcomeIn(planNow(here, newer))).toBe(`unchanged: none: deleted locally on ${NOW.toISOString().slice(0, 10)}`);
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
  expect(outcomeIn(result)).toMatch(/^new_lineage: create: deleted locally on .*, restored by --resurrect$/);
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
  expect(outcomeIn(planNow(here, folder))).toMatch(/^new_lineage: create: no local session/);
});

test('a session that is here again goes on, and its tombstone goes', () => {
  const { here, newer } = deleted();
  syncNow(here, newer);
  addSession(here, talk);
  expect(outcomeIn(syncNow(here, newer))).toMatch(/^fast_forward_import: append/);
  expect(tombstones(here)).toEqual([]);
});

test('a deleted session stays away where another one of its conversation comes with it', () => {
  const { here } = deleted();
  const id = `${talk.id.slice(0, -4)}beef` as typeof talk.id;
  const beside = {
    ...talk,
    id,
    lines: withTurn(talk, 'elsewhere').lines.map((line) => line.replaceAll(`id":"${talk.id}"`, `id":"${id}"`)),
  };
  const both = writePackage(here, [{ conversation: withTurn(talk, 'second') }, { conversation: beside }]);
  for (const second of ['new_lineage: create', 'unchanged: none']) {
    const result = syncNow(here, both);
    expect(outcomeIn(result)).toMatch(DELETED);
    expect(outcomeIn(result, beside)).toMatch(new RegExp(`^${second}`));
  }
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

/** The branch that a divergence made was deleted here; the session that it parted from lives. */
function branchDeleted(): { here: Machine; there: Conversation; branch: string } {
  const here = machine();
  syncNow(here, writePackage(here, [{ conversation: talk }]));
  fs.appendFileSync(rolloutOf(here, talk), textOf(withTurn(talk, 'mine')).slice(textOf(talk).length));
  const there = withTurn(talk, 'theirs');
  const branch = String(syncNow(here, writePackage(here, [{ conversation: there }])).plan.sessions[0]?.local_thread_id);
  forget(here, { id: branch as Conversation['id'] });
  return { here, there, branch };
}

test('a branch that was deleted alone stays away, and comes back by --resurrect', () => {
  const { here, there, branch } = branchDeleted();
  const newer = writePackage(here, [{ conversation: withTurn(there, 'and more') }]);
  expect(outcomeIn(syncNow(here, newer))).toMatch(DELETED);
  expect(tombstones(here)).toMatchObject([{ source_thread_id: talk.id, thread_id: branch }]);
  expect(syncNow(here, newer).transactionId).toBeNull();
  expect(syncNow(here, writePackage(here, [{ conversation: talk }])).transactionId).toBeNull();
  const back = syncNow(here, newer, { resurrect: true });
  expect(outcomeIn(back)).toMatch(/^diverged_lineage: branch: deleted locally on .*, restored by --resurrect$/);
  expect([threadRow(here, branch)?.id, tombstones(here)]).toEqual([branch, []]);
});

test('what another side says instead is no deleted branch', () => {
  const { here } = branchDeleted();
  const instead = writePackage(here, [{ conversation: withTurn(talk, 'instead') }]);
  expect(outcomeIn(planNow(here, instead))).toMatch(/^diverged_lineage: branch: diverged after/);
});

test('also after prune-invalid-mappings, which leaves nothing to find', () => {
  const { here, there, branch } = branchDeleted();
  pruneMappings(homeOf(here), { execute: true }, NOW);
  expect(tombstones(here)).toMatchObject([{ source_thread_id: talk.id, thread_id: branch }]);
  expect(codesOf(here)).toEqual([]);
  expect(outcomeIn(planNow(here, writePackage(here, [{ conversation: withTurn(there, 'more') }])))).toMatch(DELETED);
});

/** What a deleted branch held came into the session by then, and both sides went on. */
function branchTakenIn(): { here: Machine; parted: string } {
  const { here, there } = branchDeleted();
  syncNow(here, writePackage(here, [{ conversation: there }]));
  fs.writeFileSync(rolloutOf(here, talk), textOf(there));
  const joined = withTurn(there, 'joined');
  expect(outcomeIn(syncNow(here, writePackage(here, [{ conversation: joined }])))).toMatch(/^fast_forward_import/);
  fs.appendFileSync(rolloutOf(here, talk), textOf(withTurn(joined, 'mine again')).slice(textOf(joined).length));
  return { here, parted: writePackage(here, [{ conversation: withTurn(joined, 'theirs again') }]) };
}

test('a deleted branch that was taken into the session by then is no reason to drop what parts from it later', () => {
  const { here, parted } = branchTakenIn();
  expect(outcomeIn(planNow(here, parted))).toMatch(/^diverged_lineage: branch/);
  deriveSidecar(homeOf(here), { how: 'rebuild', execute: true }, NOW);
  expect(outcomeIn(planNow(here, parted))).toMatch(/^diverged_lineage: branch/);
  expect(codesOf(here)).not.toContain('effects_gone');
});

test('nor is one that was pruned then', () => {
  const { here, parted } = branchTakenIn();
  pruneMappings(homeOf(here), { execute: true }, NOW);
  expect([codesOf(here), tombstones(here)]).toEqual([[], []]);
  expect(outcomeIn(planNow(here, parted))).toMatch(/^diverged_lineage: branch/);
});
