import { expect, test } from 'vitest';
import { isTooDeep, MAX_DEPTH } from '../../../scripts/lib/domain/json/json_faults.ts';

const nested = (depth: number): string => `${'[{"a":'.repeat(depth / 2)}1${'}]'.repeat(depth / 2)}`;
const deepest = MAX_DEPTH - (MAX_DEPTH % 2);

test.each([
  ['as deep as can be', nested(deepest), false],
  ['too deep', nested(MAX_DEPTH + 2), true],
  ['deep again and again', `[${`${nested(deepest - 2)},`.repeat(3)}1]`, false],
  ['deep in a text only', `["${'['.repeat(MAX_DEPTH + 1)}"]`, false],
  ['too deep behind a text with brackets', `["]]]]",${nested(MAX_DEPTH + 1)}]`, true],
  ['torn in a text', `["${'['.repeat(MAX_DEPTH + 1)}`, false],
])('%s', (_what, json, expected) => expect(isTooDeep(Buffer.from(json))).toBe(expected));
