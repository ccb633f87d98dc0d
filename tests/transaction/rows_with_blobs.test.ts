import { expect, test } from 'vitest';
import { applyRows } from '../../scripts/lib/transaction/operations/rows.ts';
import { conversation } from '../fixtures/conversation.ts';
import { addSession, inState, type Machine, threadRow } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const machine = machinesOfEachTest();
const { id } = conversation('talk', '/home/far/project', ['first']);

/** A session whose title somebody stored as bytes. */
function withBlob(bytes: Buffer): Machine {
  const here = machine();
  addSession(here, conversation('talk', '/home/far/project', ['first']));
  inState(here, (open) => void open.prepare('UPDATE threads SET title = ?').run(bytes));
  return here;
}

const change = (here: Machine, from: Buffer) =>
  applyRows(
    'state',
    [
      {
        kind: 'row',
        database: 'state',
        table: 'threads',
        key: { id },
        before: { id, title: from },
        after: { id, title: 'said' },
      },
    ],
    () => `${here.codexHome}/state_5.sqlite`,
    new Set(),
  );

test('a row with bytes in it is changed where they are those of the plan', () => {
  const here = withBlob(Buffer.from([0, 255, 1]));
  change(here, Buffer.from([0, 255, 1]));
  expect(threadRow(here, id)).toMatchObject({ title: 'said' });
});

test('and is left alone where they are others by now', () => {
  const here = withBlob(Buffer.from([0, 255, 2]));
  expect(() => change(here, Buffer.from([0, 255, 1]))).toThrow(expect.objectContaining({ code: 'stale_plan' }));
  expect(threadRow(here, id)).toMatchObject({ title: Buffer.from([0, 255, 2]) });
});
