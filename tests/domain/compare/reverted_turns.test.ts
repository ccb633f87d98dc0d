import { describe, expect, test } from 'vitest';
import { findRevertedTurns } from '../../../scripts/lib/domain/compare/reverted_turns.ts';
import { allLines, readForm } from '../../fixtures/history_forms/read_form.ts';
import { linesOf } from '../../fixtures/spelling.ts';

/** `s` a turn starts, `m` the model is given the user's message, `u` the event of it, `a` an answer, a number takes turns back. */
const LINES: { [letter: string]: string } = {
  s: '{"timestamp":"t","type":"event_msg","payload":{"type":"task_started","turn_id":"x"}}',
  m: '{"timestamp":"t","type":"response_item","payload":{"type":"message","role":"user","content":[]}}',
  u: '{"timestamp":"t","type":"event_msg","payload":{"type":"user_message","message":"x"}}',
  a: '{"timestamp":"t","type":"event_msg","payload":{"type":"agent_message","message":"x"}}',
};
const lineOf = (letter: string): string =>
  LINES[letter] ?? `{"timestamp":"t","type":"event_msg","payload":{"type":"thread_rolled_back","num_turns":${letter}}}`;

/** The story with every line that was taken back as a dot. */
function remaining(story: string): string {
  const bytes = [...story].map((letter) => `${lineOf(letter)}\n`).join('');
  const spans = findRevertedTurns(linesOf(bytes));
  return allLines(bytes)
    .map(({ offset }, at) => (spans.some(({ from, to }) => offset >= from && offset < to) ? '.' : story[at]))
    .join('');
}

describe('what was taken back is', () => {
  test.each([
    ['nothing without a mark', 'smuasmua', 'smuasmua'],
    ['the last turn', 'smuasmua1', 'smua.....'],
    ['two turns', 'smuasmuasmua2smua', 'smua.........smua'],
    ['what followed, by a second mark', 'smuasmua1smua1smua', 'smua..........smua'],
    ['more, by a second mark', 'smuasmuasmua1smua2smua', 'smua..............smua'],
    ['a compaction with the turn before it', 'smuasmuasa1smua', 'smua.......smua'],
    ['all, where the mark asks for more than there is', 'smuasmua9smua', '.........smua'],
    ['nothing for a mark that takes no turn', 'smua0', 'smua0'],
    ['a turn of a Codex that wrote no line where turns start', 'muamua1mua', 'mua....mua'],
    ['such a turn whose message the model was not given', 'uaua1ua', 'ua...ua'],
  ])('%s', (_what, story, left) => expect(remaining(story)).toBe(left));
});

test('a span within a later one is not told twice', () => {
  const bytes = [...'smuasmuasmua1smua2smua'].map((letter) => `${lineOf(letter)}\n`).join('');
  expect(findRevertedTurns(linesOf(bytes))).toHaveLength(1);
});

test('in what Codex 0.145.0 wrote: one turn, from its start to past the mark', () => {
  const bytes = readForm('legacy_0.145.0');
  const [span, ...more] = findRevertedTurns(linesOf(bytes));
  const gone = bytes.subarray(span?.from, span?.to).toString('utf8');
  expect(more).toEqual([]);
  expect(gone).toMatch(/^\{[^\n]*task_started[^\n]*\n[\s\S]*taken back[\s\S]*thread_rolled_back[^\n]*\n$/);
  expect(bytes.toString('utf8').replace(gone, '')).not.toContain('taken back');
});
