import { expect, test } from 'vitest';
import { relateForms } from '../../../scripts/lib/domain/compare/relate_forms.ts';
import type { Relation } from '../../../scripts/lib/domain/compare/relation.ts';
import { linesOf } from '../../fixtures/spelling.ts';

/**
 * A story of turns, one letter each, as lines of either form: `a` a turn; `A` one of very old Codex, without its lines of turns; `!` a
 * word between agents; a number takes turns back; `…` leaves the turn before unfinished.
 */
function told(story: string): string {
  let lines = [`{"timestamp":"t","type":"session_meta","payload":{"id":"i"}}`];
  for (const letter of story) {
    if (/\d/.test(letter)) lines.push(event(letter, { type: 'thread_rolled_back', num_turns: Number(letter) }));
    else if (letter === '!') lines.push(line('!', 'inter_agent_communication_metadata', { trigger_turn: false }));
    else if (letter === '…') lines = lines.slice(0, -1);
    else lines.push(...turn(letter));
  }
  return lines.map((text) => `${text}\n`).join('');
}

function turn(letter: string): string[] {
  const said = [
    line(letter, 'response_item', { type: 'message', role: 'user', content: [{ text: letter }] }),
    event(letter, { type: 'user_message', message: letter }),
    line(letter, 'response_item', { type: 'message', role: 'assistant', content: [{ text: letter }] }),
  ];
  if (letter === letter.toUpperCase()) return said;
  return [
    event(letter, { type: 'task_started', turn_id: letter }),
    ...said,
    event(letter, { type: 'task_complete', turn_id: letter }),
  ];
}

const line = (timestamp: string, type: string, payload: object): string => JSON.stringify({ timestamp, type, payload });
const event = (timestamp: string, payload: object): string => line(timestamp, 'event_msg', payload);

const related = (local: string, incoming: string): Relation =>
  relateForms(
    () => linesOf(told(local)),
    () => linesOf(told(incoming)),
  );
/** The rest of the incoming transcript that an append would take, as a story again. */
const rest = (incoming: string, { incomingResumesAt }: Relation): string =>
  [
    ...Buffer.from(told(incoming))
      .subarray(incomingResumesAt)
      .toString()
      .matchAll(/"timestamp":"(.)"/g),
  ]
    .map((match) => match[1])
    .filter((letter, at, all) => letter !== all[at - 1])
    .join('');

test.each([
  ['the same', 'ab', 'ab', 'neither'],
  ['a longer incoming', 'ab', 'abc', 'incoming'],
  ['a longer local', 'abc', 'ab', 'local'],
  ['both longer', 'abc', 'abd', 'both'],
  ['a copy from before a turn was taken back', 'abc1d', 'abc', 'local'],
  ['a copy from after it', 'abc1d', 'abd', 'neither'],
  ['a copy from after it that goes on', 'abc1', 'abd', 'incoming'],
  ['a copy that goes on from a turn that was taken back here', 'abc1', 'abcd', 'both'],
  ['a turn taken back there', 'abd', 'abc1d', 'neither'],
  ['very old turns', 'AB', 'ABc', 'incoming'],
])('%s: who has more', (_what, local, incoming, ahead) => {
  const { localAhead, incomingAhead } = related(local, incoming);
  const both = localAhead > 0 ? 'both' : 'incoming';
  expect(incomingAhead > 0 ? both : localAhead > 0 ? 'local' : 'neither').toBe(ahead);
});

test.each([
  ['abc', 'abd', { shared: 2, local_only: 1, incoming_only: 1 }],
  ['abc1d', 'ab', { shared: 2, local_only: 1, incoming_only: 0 }],
  ['ab', 'abc1d', { shared: 2, local_only: 0, incoming_only: 1 }],
])('the turns of %s and %s are counted', (local, incoming, turns) => expect(related(local, incoming).turns).toEqual(turns));

test('what a converted fork has from its parent is counted apart, though the first line of the parent follows its own', () => {
  const payload = { id: 'f', forked_from_id: 'i', timestamp: 'b' };
  const text = `${line('t', 'session_meta', payload)}\n${told('abc')}`;
  const open = () => linesOf(text);
  const { lines, sharedHistory, sharedInherited } = relateForms(open, open);
  expect([sharedInherited, sharedInherited + sharedHistory]).toEqual([lines.shared / 3, lines.shared]);
});

test.each([
  ['a turn', 'ab', 'abc', true, 'c'],
  ['two', 'a', 'abc', true, 'bc'],
  ['a word between turns', 'ab', 'ab!c', true, '!c'],
  ['a very old turn, the first', '', 'A', true, 'A'],
  ['a turn after very old ones', 'AB', 'ABc', true, 'c'],
  ['a turn after an unfinished one on both sides', 'ab…', 'ab…c', true, 'c'],
  ['the end of an unfinished turn', 'ab…', 'abc', false, 'bc'],
])('what is appended begins with %s', (_what, local, incoming, resumesWithTurn, appended) => {
  const relation = related(local, incoming);
  expect(relation).toMatchObject({ localAhead: 0, resumesWithTurn, acrossForms: true });
  expect(rest(incoming, relation)).toBe(appended);
});
