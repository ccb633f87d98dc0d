import { expect, test } from 'vitest';
import { StringCutter } from '../../../scripts/lib/domain/json/cut_strings.ts';

/** In pieces of that many bytes. */
function cut(text: string, most: number, piece: number): string {
  const cutter = new StringCutter(most);
  const bytes = Buffer.from(text);
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += piece) pieces.push(cutter.take(bytes.subarray(at, at + piece)));
  return Buffer.concat(pieces).toString();
}

test.each<[what: string, text: string, expected: string]>([
  ['short strings', '{"a": ["b", "", 12345678, null]}', '{"a": ["b", "", 12345678, null]}'],
  ['long ones, keys too', '{"abcdefgh": "12345678"}', '{"abcd": "1234"}'],
  ['escaped quotes and backslashes', String.raw`["abc\"d", "\\\\\\\\", "\\"]`, String.raw`["abc\"", "\\\\", "\\"]`],
  ['an escaped character over the end', String.raw`["abc\u00e9f", "\ud83d\ude00"]`, String.raw`["abc\u00e9", "\ud83d"]`],
  ['characters of several bytes', '["abcé", "aé😀z"]', '["abcé", "aé😀"]'],
  ['numbers and words outside', '[123456789, true, {"x": 1.5e300}]', '[123456789, true, {"x": 1.5e300}]'],
])('%s are cut where a character ends', (_what, text, expected) => {
  for (const piece of [1, 2, 3, 1000]) expect(cut(text, 4, piece)).toBe(expected);
  expect(JSON.stringify(JSON.parse(expected)).length).toBeGreaterThan(0);
});
