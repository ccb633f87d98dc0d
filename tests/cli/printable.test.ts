import { expect, test } from 'vitest';
import { printable, safeJson } from '../../scripts/lib/cli/output/printable.ts';

test.each([
  ['an escape sequence', 'a\u001b[31mb', 'a\\x1b[31mb'],
  ['a title of the window (OSC, BEL)', '\u001b]0;x\u0007', '\\x1b]0;x\\x07'],
  ['the same in C1', '\u009b31m\u009d0;x\u009c', '\\x9b31m\\x9d0;x\\x9c'],
  ['a backspace and a NUL', 'rm\u0008\u0000\u007f', 'rm\\x08\\x00\\x7f'],
  ['breaks of a line', 'a\r\n\tb\u2028c\u0085d\u000be', 'a b c d e'],
  ['bidi', 'x\u202egpj.exe\u2066\u200f\u061c', 'x\\u202egpj.exe\\u2066\\u200f\\u061c'],
  ['zero width', 'pass\u200bword\ufeff\u2060\u00ad', 'pass\\u200bword\\ufeff\\u2060\\xad'],
  ['tags beyond the first plane', 'a\u{e0041}', 'a\\u{e0041}'],
  ['fillers', 'a\u3164\u115f', 'a\\u3164\\u115f'],
  ['joiners between letters of Latin', 'a\u200db\u200cc', 'a\\u200db\\u200cc'],
])('%s is spelled out', (_what, text, shown) => {
  expect(printable(text)).toBe(shown);
  expect(printable(shown)).toBe(shown);
});

test.each(['Grüße, 日本語, עברית', 'می‌خواهم', 'क्‍ष', '👩‍👩‍👧 👍🏽', '❤️‍🔥', 'C:\\Users\\ana'])('%s stays as it is', (text) => {
  expect(printable(text)).toBe(text);
});

test('JSON says the same and has nothing in it that acts on a terminal', () => {
  const text = 'a\u001b\u009b\u202e\u200b\u2028\u007f\u{e0041}👩\u200d👧"\\';
  const json = safeJson(JSON.stringify({ [text]: text }));
  expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
  expect(JSON.parse(json)).toEqual({ [text]: text });
});
