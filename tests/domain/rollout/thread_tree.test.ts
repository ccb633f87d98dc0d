import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  childrenIn,
  localizeSource,
  parentInSource,
  parentsFirst,
  seedOfChild,
  withDescendants,
} from '../../../scripts/lib/domain/rollout/thread_tree.ts';
import { idFrom } from '../../fixtures/records_at_places.ts';

const [parent, child] = [idFrom('parent'), idFrom('child')];
const spawned = JSON.stringify({ subagent: { thread_spawn: { parent_thread_id: parent, depth: 1, agent_nickname: 'Curie' } } });

describe('the source of a row', () => {
  test('names the parent of a sub-agent', () => expect(parentInSource(spawned)).toBe(parent));

  test.each([
    ['a person’s thread', 'vscode'],
    ['nothing', undefined],
    ['a review', '{"subagent":"review"}'],
    ['another kind of sub-agent', '{"subagent":{"other":"guardian"}}'],
    ['a parent that is no thread', '{"subagent":{"thread_spawn":{"parent_thread_id":"../x"}}}'],
    ['what is no JSON', '{"subagent":'],
    ['null', '{"subagent":null}'],
  ])('names none for %s', (_what, source) => expect(parentInSource(source)).toBeNull());

  test('names the parent that is here, and nothing else in it changes', () => {
    const here = localizeSource(spawned, new Map([[parent, idFrom('parent here')]]));
    expect(here).toBe(spawned.replace(parent, idFrom('parent here')));
    expect(localizeSource(spawned, new Map())).toBe(spawned);
    expect(localizeSource('vscode', new Map([['vscode', 'x']]))).toBe('vscode');
  });
});

describe('a tree', () => {
  const parents = new Map([
    ['b', 'a'],
    ['c', 'b'],
    ['d', 'a'],
    ['x', 'y'],
  ]);

  test('is a thread and all below it, at any depth', () =>
    expect([...withDescendants(['a'], childrenIn(parents))].sort()).toEqual(['a', 'b', 'c', 'd']));

  test('that is a circle is found once', () =>
    expect(
      [
        ...withDescendants(
          ['a'],
          childrenIn(
            new Map([
              ['a', 'b'],
              ['b', 'a'],
            ]),
          ),
        ),
      ].sort(),
    ).toEqual(['a', 'b']));

  test('comes with parents first, in an order that is otherwise kept, and loses nobody, circles included', () => {
    const id = fc.constantFrom(...'abcdefgh');
    fc.assert(
      fc.property(fc.uniqueArray(id), fc.dictionary(id, id), (ids, links) => {
        const family = new Map(Object.entries(links));
        const ordered = parentsFirst(
          ids.map((threadId) => ({ threadId })),
          family,
        ).map(({ threadId }) => threadId);
        expect(ordered.toSorted()).toEqual(ids.toSorted());
        for (const [at, threadId] of ordered.entries()) {
          const above = family.get(threadId);
          const isCircle = withDescendants([threadId], childrenIn(family)).has(above ?? '') || above === threadId;
          if (above && ids.includes(above) && !isCircle) expect(ordered.indexOf(above)).toBeLessThan(at);
        }
      }),
    );
  });
});

test('a child’s id follows from its parent here and itself there', () => {
  const seed = seedOfChild(parent, child);
  expect(seedOfChild(parent, child)).toBe(seed);
  expect(seedOfChild(parent, idFrom('sibling'))).not.toBe(seed);
  expect(seedOfChild(idFrom('another parent'), child)).not.toBe(seed);
});
