import { describe, expect, test } from 'vitest';
import type { Classification } from '../../../scripts/lib/domain/codes/class_table.ts';
import { type Candidate, classify, isBetter } from '../../../scripts/lib/domain/compare/classification.ts';
import type { Relation } from '../../../scripts/lib/domain/compare/relation.ts';
import type { ThreadId } from '../../../scripts/lib/domain/ids/thread_id.ts';

type Facts = { shared?: number; history?: number; local?: number; incoming?: number };

/** A head with `shared` lines in common (`history` of them proof), and so many lines ahead on either side. */
const head = (
  threadId: string,
  { shared = 10, history = shared, local = 0, incoming = 0 }: Facts,
  sameId = false,
): Candidate => ({
  threadId: threadId as ThreadId,
  sameId,
  relation: {
    lines: { shared, local_only: local, incoming_only: incoming },
    turns: { shared: 1, local_only: 0, incoming_only: 0 },
    sharedInherited: 0,
    sharedHistory: history,
    localAhead: local,
    incomingAhead: incoming,
    incomingResumesAt: 0,
    firstIncomingOnly: null,
    firstLocalOnlyAt: null,
    acrossForms: false,
    resumesWithTurn: true,
  } satisfies Relation,
});
const namesake = (facts: Facts): Candidate => head('a', facts, true);

describe('the decision table', () => {
  test.each<[string, Candidate[], Classification, string | null]>([
    ['nothing here', [], 'new_lineage', null],
    ['only sessions that share nothing', [head('a', { shared: 0 }), head('b', { shared: 0 })], 'new_lineage', null],
    ['only sessions that share a preamble', [head('a', { shared: 3, history: 0, local: 2, incoming: 5 })], 'new_lineage', null],
    ['a preamble of another id, whole on one side', [head('a', { shared: 3, history: 0, incoming: 5 })], 'new_lineage', null],
    ['the same history', [namesake({})], 'unchanged', 'a'],
    ['the same history under another id', [head('a', {})], 'unchanged', 'a'],
    ['incoming is a prefix', [namesake({ local: 3 })], 'unchanged', 'a'],
    ['local is a prefix', [namesake({ incoming: 3 })], 'fast_forward_import', 'a'],
    ['local is a prefix, under another id', [head('a', { incoming: 3 })], 'fast_forward_import', 'a'],
    ['both went on', [namesake({ local: 1, incoming: 1 })], 'diverged_lineage', 'a'],
    ['both went on, under another id', [head('a', { local: 1, incoming: 1 })], 'diverged_lineage', 'a'],
    ['the same id, nothing shared', [namesake({ shared: 0, local: 4, incoming: 4 })], 'id_collision_unrelated', 'a'],
    [
      'the same id, a preamble shared, both go on',
      [namesake({ shared: 3, history: 0, local: 1, incoming: 1 })],
      'id_collision_unrelated',
      'a',
    ],
    ['the same id, both are that preamble', [namesake({ shared: 3, history: 0 })], 'unchanged', 'a'],
    ['the same id, local is that preamble', [namesake({ shared: 3, history: 0, incoming: 9 })], 'fast_forward_import', 'a'],
    ['the same id, incoming is that preamble', [namesake({ shared: 3, history: 0, local: 9 })], 'unchanged', 'a'],
    ['the same id, an empty local file', [namesake({ shared: 0, incoming: 9 })], 'id_collision_unrelated', 'a'],
  ])('%s', (_facts, candidates, classification, best) => {
    const verdict = classify(candidates);
    expect(verdict.classification).toBe(classification);
    expect(verdict.best?.threadId ?? null).toBe(best);
    expect(verdict.reason).not.toBe('');
  });
});

describe('of several heads the best match wins:', () => {
  test.each<[string, Candidate[], Classification, string]>([
    ['identical beats a longer prefix', [head('a', { shared: 90, local: 5 }), head('b', { shared: 80 })], 'unchanged', 'b'],
    [
      'a prefix of local beats an extension',
      [head('a', { shared: 90, incoming: 5 }), head('b', { shared: 80, local: 1 })],
      'unchanged',
      'b',
    ],
    [
      'an extension beats a divergence',
      [head('a', { shared: 90, local: 1, incoming: 1 }), head('b', { shared: 80, incoming: 9 })],
      'fast_forward_import',
      'b',
    ],
    [
      'the longer shared part of two divergences',
      [head('a', { shared: 5, local: 1, incoming: 9 }), head('b', { shared: 9, local: 1, incoming: 5 })],
      'diverged_lineage',
      'b',
    ],
    [
      'the longer head of two that are extended',
      [head('a', { shared: 5, incoming: 9 }), head('b', { shared: 9, incoming: 5 })],
      'fast_forward_import',
      'b',
    ],
    [
      'a branch beats the namesake that has gone another way',
      [namesake({ local: 3, incoming: 3 }), head('b', { incoming: 1 })],
      'fast_forward_import',
      'b',
    ],
    [
      'any kin beats an unrelated namesake',
      [namesake({ shared: 0, local: 3, incoming: 3 }), head('b', { local: 1, incoming: 1 })],
      'diverged_lineage',
      'b',
    ],
    ['the same id breaks a tie', [head('0', { incoming: 2 }), namesake({ incoming: 2 })], 'fast_forward_import', 'a'],
    ['the lesser id breaks what is left', [head('c', {}), head('b', {}), head('d', {})], 'unchanged', 'b'],
  ])('%s', (_rule, candidates, classification, best) => {
    for (const order of [candidates, [...candidates].reverse()]) {
      const verdict = classify(order);
      expect([verdict.classification, verdict.best?.threadId]).toEqual([classification, best]);
    }
  });
});

test('the reason counts lines', () => {
  expect(classify([namesake({ incoming: 14 })]).reason).toBe('incoming has 14 more lines');
  expect(classify([namesake({ incoming: 1 })]).reason).toBe('incoming has 1 more line');
  expect(classify([namesake({ local: 2 })]).reason).toContain('local has 2 more lines');
  expect(classify([namesake({ local: 1, incoming: 2 })]).reason).toMatch(
    /after 10 shared lines: local has 1 more line, incoming 2 more lines/,
  );
});

test('what was asked is not reordered', () => {
  const candidates = [head('b', { local: 1 }), head('a', {})];
  classify(candidates);
  expect(candidates.map(({ threadId }) => threadId)).toEqual(['b', 'a']);
});

test.each<[string, Facts, Facts]>([
  ['the same', {}, { local: 1 }],
  ['a longer local', { local: 1 }, { incoming: 1 }],
  ['a longer incoming', { incoming: 1 }, { local: 1, incoming: 1 }],
  ['any history', { local: 1, incoming: 1 }, { history: 0 }],
])('%s fits better, and neither of two alike does', (_what, better, worse) => {
  const [a, b] = [head('a', better).relation, head('b', worse).relation];
  expect([isBetter(a, b), isBetter(b, a), isBetter(a, a)]).toEqual([true, false, false]);
});
