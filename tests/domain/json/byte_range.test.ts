import { describe, expect, test } from 'vitest';
import { lengthOf, type Part, partsFrom, placeOf } from '../../../scripts/lib/domain/json/byte_range.ts';

const parts: Part[] = [
  { file: 'own', from: 0, to: 10 },
  { file: 'base', from: 5, to: 25 },
  { file: 'own', from: 10, to: 30 },
];

describe('three parts', () => {
  test('are as long as all', () => expect(lengthOf(parts)).toBe(50));

  test.each([
    [0, 'own', 0],
    [9, 'own', 9],
    [10, 'base', 5],
    [29, 'base', 24],
    [30, 'own', 10],
    [49, 'own', 29],
    [50, 'own', 30],
  ])('have byte %i in %s at %i', (logical, file, offset) => expect(placeOf(parts, logical)).toEqual({ file, offset }));

  test.each([
    [0, parts],
    [4, [{ ...parts[0], from: 4 }, parts[1], parts[2]]],
    [10, [parts[1], parts[2]]],
    [12, [{ ...parts[1], from: 7 }, parts[2]]],
    [50, []],
  ])('go on from %i', (offset, rest) => expect(partsFrom(parts, offset)).toEqual(rest));
});

test('no parts have no place', () => expect(placeOf([], 3)).toEqual({ file: '', offset: 3 }));
