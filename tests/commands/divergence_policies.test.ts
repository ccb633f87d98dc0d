// Which side of a divergence stays in front. None of the policies loses a line, and a rollback undoes each.

import fs from 'node:fs';
import { expect, test } from 'vitest';
import { conversation, withTurn } from '../fixtures/conversation.ts';
import { fileOf, promptsOf } from '../fixtures/exchange.ts';
import { addSession, inState, type Machine, rolloutOf, syncNow, threadRow, undoNow, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { differences, snapshot, withoutJournal } from '../fixtures/snapshot.ts';

const machine = machinesOfEachTest();
const shared = conversation('talk', '/home/far/project', ['shared']);
/** The side with more lines has the later last line. */
const short = withTurn(shared, 'short');
const long = withTurn(withTurn(shared, 'long'), 'longer');

function diverged(local: typeof short, incoming: typeof short): { here: Machine; folder: string } {
  const here = machine();
  syncNow(here, writePackage(here, [{ conversation: shared }]));
  inState(here, (database) => database.prepare("UPDATE threads SET name = 'mine', is_pinned = 1").run());
  fs.appendFileSync(
    fileOf(here, shared.id),
    local.lines
      .slice(shared.lines.length)
      .map(
        (line) => `${line}
`,
      )
      .join(''),
  );
  return { here, folder: writePackage(here, [{ conversation: incoming }]) };
}

const sides = (here: Machine): string[][] => [...promptsOf(here).values()].sort();
const inFront = (here: Machine): string[][] =>
  [...promptsOf(here)].flatMap(([id, prompts]) => (threadRow(here, id)?.archived === 1 ? [] : [prompts]));

test.each([
  ['prefer-local', short, long, 'local'],
  ['prefer-incoming', short, long, 'incoming'],
  ['prefer-newer', short, long, 'incoming'],
  ['prefer-newer', long, short, 'local'],
  ['prefer-newer', short, withTurn(shared, 'other'), 'both'],
  ['branch', short, long, 'both'],
] as const)('%s: %#', (onDivergence, local, incoming, expected) => {
  const { here, folder } = diverged(local, incoming);
  const before = withoutJournal(snapshot(here.codexHome));
  const { plan } = syncNow(here, folder, { onDivergence });
  expect(plan.sessions[0]).toMatchObject({ classification: 'diverged_lineage', action: 'branch' });
  const both = [[...local.prompts], [...incoming.prompts]].sort();
  expect(sides(here)).toEqual(both);
  const front = { local: [[...local.prompts]], incoming: [[...incoming.prompts]], both }[expected];
  expect(inFront(here).sort()).toEqual(front);
  const branch = threadRow(here, plan.sessions[0]?.local_thread_id ?? '');
  if (expected === 'incoming') {
    expect([branch?.name, branch?.is_pinned]).toEqual(['mine', 1]);
    expect(threadRow(here, shared.id)).toMatchObject({ archived: 1, is_pinned: 0 });
  } else expect(String(branch?.name)).toMatch(/incoming branch/);
  expect(syncNow(here, folder, { onDivergence }).transactionId).toBe(null);
  undoNow(here);
  expect(differences(withoutJournal(snapshot(here.codexHome)), before)).toEqual([]);
});

test('what goes on from the side that was put in front is appended to it, and to the archived one what goes on from that', () => {
  const { here, folder } = diverged(short, long);
  const { plan } = syncNow(here, folder, { onDivergence: 'prefer-incoming' });
  const branch = plan.sessions[0]?.local_thread_id ?? '';
  syncNow(here, writePackage(here, [{ conversation: withTurn(long, 'longest') }]), { onDivergence: 'prefer-incoming' });
  expect(promptsOf(here).get(branch)).toEqual([...long.prompts, 'longest']);
  syncNow(here, writePackage(here, [{ conversation: withTurn(short, 'shorter') }]), { onDivergence: 'prefer-incoming' });
  expect(promptsOf(here).get(shared.id)).toEqual([...short.prompts, 'shorter']);
  expect(sides(here).length).toBe(2);
});

test('an unrelated session of the home is not touched by a policy', () => {
  const { here, folder } = diverged(short, long);
  const other = conversation('other', here.userHome, ['hello']);
  addSession(here, other);
  const before = fs.statSync(rolloutOf(here, other));
  syncNow(here, folder, { onDivergence: 'prefer-incoming' });
  expect(fs.statSync(rolloutOf(here, other)).mtimeMs).toBe(before.mtimeMs);
  expect(threadRow(here, other.id)?.archived).not.toBe(1);
});
