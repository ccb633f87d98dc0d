import { expect, test } from 'vitest';
import { jsonText } from '../../scripts/lib/cli/output/output.ts';

const textOf = (document: Record<string, unknown>): string => [...jsonText(document)].join('');

test.each<[string, Record<string, unknown>]>([
  ['nothing', {}],
  ['fields', { kind: 'a "quoted"\nkind', count: 1, none: null, deep: { list: [1, { a: [] }] } }],
  ['lists', { empty: [], one: [{ a: 1 }], more: ['a', null, undefined, [2, 3]] }],
  ['fields that are not set', { first: undefined, second: 2, third: undefined }],
])('a document of %s is written as JSON.stringify spells it', (_what, document) => {
  expect(textOf(document)).toBe(`${JSON.stringify(document)}\n`);
});

test('a long list is written in portions, none of which is large', () => {
  const document = { kind: 'inspection', sessions: Array.from({ length: 5000 }, (_, at) => ({ at, title: 'x'.repeat(100) })) };
  const portions = [...jsonText(document)];
  expect(portions.join('')).toBe(`${JSON.stringify(document)}\n`);
  expect(Math.max(...portions.map((portion) => portion.length))).toBeLessThan(50_000);
});
