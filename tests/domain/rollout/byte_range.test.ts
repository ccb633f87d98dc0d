import { describe, expect, test } from 'vitest';
import { type ByteRange, lengthOf, placeOf, rangesFrom } from '../../../scripts/lib/domain/rollout/byte_range.ts';

const ranges: ByteRange[] = [
  { file: 'own', from: 0, to: 10 },
  { file: 'base', from: 5, to: 25 },
  { file: 'own', from: 10, to: 30 },
];

describe('three ranges', () => {
  test('are as long as all', () => expect(lengthOf(ranges)).toBe(50));

  test.each([
    [0, 'own', 0],
    [9, 'own', 9],
    [10, 'base', 5],
    [29, 'base', 24],
    [30, 'own', 10],
    [49, 'own', 29],
    [50, 'own', 30],
  ])('have byte %i in %s at %i', (logical, file, offset) => expect(placeOf(ranges, logical)).toEqual({ file, offset }));

  test.each([
    [0, ranges],
    [4, [{ ...ranges[0], from: 4 }, ranges[1], ranges[2]]],
    [10, [ranges[1], ranges[2]]],
    [12, [{ ...ranges[1], from: 7 }, ranges[2]]],
    [50, []],
  ])('go on from %i', (offset, rest) => expect(rangesFrom(ranges, offset)).toEqual(rest));
});

test('no ranges have no place', () => expect(placeOf([], 3)).toEqual({ file: '', offset: 3 }));
