import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  elements,
  isArray,
  isObject,
  isString,
  members,
  stringEnd,
  textOf,
  valueEnd,
} from '../../../scripts/lib/domain/json/json_bytes.ts';
import { findFault } from '../../../scripts/lib/domain/json/json_faults.ts';
import { atRandom } from '../../fixtures/spelling.ts';

const faultOf = (text: string) => findFault(Buffer.from(text));
const nested = (levels: number, innermost: string): string => `${'{"a":'.repeat(levels)}${innermost}${'}'.repeat(levels)}`;

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('a fault', () => {
  test.each([
    '{}',
    '{ }',
    '{"a":1}',
    '{"a" : [ ] , "b":[1,2.5,-0,1e5,1E+5,0.1e-7]}',
    '{"a":{"b":[{"c":[[]]}]},"d":null,"e":true,"f":false}',
    '{"a":"\\"\\\\\\u0041\\n"}',
    '{"a":"}{][,:"}',
    '{"":""}',
    '{"a":1} \t\r',
    nested(120, '1'),
    `{"a":${'['.repeat(119)}${']'.repeat(119)}}`,
  ])('is not found in %s', (text) => {
    expect(parses(text)).toBe(true);
    expect(faultOf(text)).toBeNull();
  });

  test.each([
    ['NUL bytes', '\0\0\0', 0],
    ['a byte order mark', '\uFEFF{}', 0],
    ['a second object', '{"a":1}{"a":1}', 7],
    ['text after the object', '{"a":1} x', 8],
    ['a missing colon', '{"a" 1}', 5],
    ['a missing value', '{"a":}', 5],
    ['a missing comma', '{"a":1 "b":2}', 7],
    ['a missing comma between strings', '{"a":["x" "y"]}', 10],
    ['a comma too many in an object', '{"a":1,}', 7],
    ['a comma too many in an array', '{"a":[1,]}', 8],
    ['a comma first', '{,"a":1}', 1],
    ['two commas', '{"a":1,,"b":2}', 7],
    ['the wrong bracket', '{"a":[1}', 7],
    ['the wrong brace', '{"a":{"b":1]', 11],
    ['a bare key', '{a:1}', 1],
    ['a number for a key', '{1:1}', 1],
    ['single quotes', "{'a':1}", 1],
    ['an unknown word', '{"a":nul}', 5],
    ['a word of Python', '{"a":None}', 5],
    ['NaN', '{"a":NaN}', 5],
    ['a leading zero', '{"a":01}', 5],
    ['a leading plus', '{"a":+1}', 5],
    ['a bare point', '{"a":1.}', 5],
    ['a bare exponent', '{"a":1e}', 5],
    ['a lone minus', '{"a":-}', 5],
    ['hexadecimal', '{"a":0x10}', 5],
    ['two colons', '{"a":1:2}', 5],
  ])('that nothing mends is found at its byte: %s', (_what, text, at) => {
    expect(parses(text)).toBe(false);
    expect(faultOf(text)).toEqual({ kind: 'malformed', at });
  });

  test.each([' {}', '\t{"a":1} '])('is not found where spaces stand around the object: %j', (text) =>
    expect(faultOf(text)).toBe(null),
  );

  test.each(['[]', '"a"', '1', 'null'])('is found in JSON that is no object: %s', (text) => {
    expect(parses(text)).toBe(true);
    expect(faultOf(text)).toEqual({ kind: 'malformed', at: 0 });
  });

  test('is found where brackets nest deeper than any Codex reads', () => {
    expect(faultOf(nested(200, '1'))?.kind).toBe('malformed');
  });

  test.each([
    '',
    '{',
    '{"a',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":tr',
    '{"a":"x',
    '{"a":"x\\',
    '{"a":"x\\"',
    '{"a":[1,',
    '{"a":{"b":1}',
    '{"a":"\\u00',
  ])('of a text that merely ends too early is `torn`: %s', (text) =>
    expect(faultOf(text)).toEqual({ kind: 'torn', at: Buffer.byteLength(text) }),
  );
});

/** Runs of quotes and backslashes around byte 64, where the scan of a string changes its way of looking. */
const hardText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc
    .tuple(
      fc.nat(70),
      fc.array(fc.constantFrom('\\', '"', '\\\\', 'x', '\\"', 'é', '\u2028', '😀'), { maxLength: 40 }),
      fc.nat(140),
    )
    .map(([before, runs, after]) => 'a'.repeat(before) + runs.join('') + 'b'.repeat(after)),
);
/** Without `__proto__`, which only an object literal of JavaScript treats in a way of its own. */
const hardKey = hardText.filter((key) => key !== '__proto__');
const { value: anyJson } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    hardText,
    fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(hardKey, tie('value'), { maxKeys: 5, noNullPrototype: true }),
  ),
}));
const anyObject = fc.dictionary(hardKey, anyJson, { maxKeys: 6, noNullPrototype: true });
const deep = (value: unknown, levels: number): object => {
  let made: object = { a: value };
  for (let at = 0; at < levels; at++) made = at % 2 ? { a: made } : { a: [made] };
  return made;
};
const spelledObject = fc
  .tuple(anyObject, fc.integer(), fc.oneof(fc.constant(0), fc.nat(70)))
  .map(([value, seed, levels]) => atRandom(levels === 0 ? value : deep(value, levels), seed));

/** Lone surrogates are spelled as escapes by JSON.stringify, and so survive UTF-8. */
describe('any JSON in any spelling', () => {
  test('has no fault, and is torn wherever it is cut', () => {
    fc.assert(
      fc.property(spelledObject, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (text, part) => {
        const bytes = Buffer.from(text);
        expect(findFault(bytes)).toBeNull();
        const cut = Math.floor(bytes.length * part);
        expect(findFault(bytes.subarray(0, cut))).toEqual({ kind: 'torn', at: cut });
      }),
      { numRuns: 400 },
    );
  });

  test('is read as JSON.parse reads it', () => {
    fc.assert(
      fc.property(spelledObject, (text) => {
        const bytes = Buffer.from(text);
        expect(valueEnd(bytes, 0)).toBe(bytes.length);
        expect(readValue(bytes, 0, bytes.length)).toEqual(JSON.parse(text));
      }),
      { numRuns: 400 },
    );
  });

  test('is never faultless where JSON.parse finds its structure broken', () => {
    fc.assert(
      fc.property(spelledObject, fc.nat(), fc.constantFrom('{', '}', '[', ']', ',', ':', '"', '1', 'x'), (text, where, put) => {
        const at = where % text.length;
        const broken = text.slice(0, at) + put + text.slice(at + 1);
        // What a string holds is checked by whoever reads its value.
        if (parses(broken)) expect(faultOf(broken)).toEqual(broken.startsWith('{') ? null : { kind: 'malformed', at: 0 });
        else if (!broken.includes('\\') && !/\p{Cc}/u.test(broken)) expect(faultOf(broken)).not.toBeNull();
      }),
      { numRuns: 600 },
    );
  });
});

function readValue(bytes: Buffer, start: number, end: number): unknown {
  if (isString(bytes, start)) {
    expect(stringEnd(bytes, start)).toBe(end);
    return textOf(bytes, start, end);
  }
  if (isArray(bytes, start)) return [...elements(bytes, start)].map((element) => readValue(bytes, element.start, element.end));
  if (!isObject(bytes, start)) return JSON.parse(bytes.toString('utf8', start, end));
  return Object.fromEntries(
    [...members(bytes, start)].map((member) => {
      expect(textOf(bytes, member.keyStart, member.keyEnd)).toBe(member.key);
      return [member.key, readValue(bytes, member.valueStart, member.valueEnd)];
    }),
  );
}

describe('the end of a string', () => {
  const backslashes = Array.from({ length: 12 }, (_, at) => at);
  const places = [0, 1, 50, 60, 61, 62, 63, 64, 65, 66, 67, 120, 126, 127, 128, 129, 130, 192];
  test.each(backslashes)('is right after %i backslashes, wherever the run begins', (count) => {
    for (const before of places) {
      const text = `"${'a'.repeat(before)}${'\\'.repeat(count)}" , "next"`;
      const isOdd = count % 2 === 1;
      const expected = before + count + 2 + (isOdd ? ' , "'.length : 0);
      expect([before, stringEnd(Buffer.from(text), 0)]).toEqual([before, expected]);
    }
  });

  test.each(places)('is not found where an escaped quote is the last thing after %i bytes', (before) => {
    expect(stringEnd(Buffer.from(`"${'a'.repeat(before)}\\"`), 0)).toBe(-1);
    expect(stringEnd(Buffer.from(`"${'a'.repeat(before)}`), 0)).toBe(-1);
  });
});

test('a string with a broken escape is given as its raw text', () => {
  const bytes = Buffer.from('"C:\\Users\\jian"');
  expect(textOf(bytes, 0, bytes.length)).toBe('C:\\Users\\jian');
});

test('members and elements of a torn text are those that have begun, and end', () => {
  const torn = Buffer.from('{"a":1,"b":[1,2,{"c":');
  expect([...members(torn, 0)].map(({ key }) => key)).toEqual(['a', 'b']);
  expect([...elements(torn, 11)].length).toBe(3);
});
