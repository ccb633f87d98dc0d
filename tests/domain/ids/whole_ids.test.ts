import { expect, test } from 'vitest';
import { wholeIds } from '../../../scripts/lib/domain/ids/whole_ids.ts';

const known = ['019a11', '019a12', '019b', '019a1'];
const of = (...given: string[]) => wholeIds(given, known, '--thread-id');

test.each([
  ['the beginning that only one has', ['019b'], ['019b']],
  ['a beginning of one', ['019a11', '019'.concat('b')], ['019a11', '019b']],
  ['a whole id that is also the beginning of others', ['019a1'], ['019a1']],
  ['what none begins with', ['02'], ['02']],
  ['nothing', [], []],
])('%s', (_what, given, ids) => {
  expect(of(...given)).toEqual(ids);
});

test('an ambiguous beginning is wrong usage that names the candidates, all of them at once', () => {
  expect(() => of('019a', '019')).toThrow(
    expect.objectContaining({
      code: 'usage',
      where: '--thread-id',
      message: '3 ids begin with 019a: 019a1, 019a11, 019a12. 4 ids begin with 019: 019a1, 019a11, 019a12, 019b.',
    }),
  );
});
