import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StringInterner } from '../../../scripts/lib/domain/json/string_interner.ts';

const word = fc.oneof(
  fc.string({ maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  // Few letters of one length: these share places.
  fc.string({ unit: fc.constantFrom('A', 'B', 'b', 'é', '\\'), minLength: 3, maxLength: 5 }),
);

test.each(['', 'event_msg/'])('a text is what its bytes say, however many came before (behind `%s`)', (prefix) => {
  const texts = new StringInterner(prefix);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 40 }), (words) => {
      const bytes = Buffer.from(words.join(''));
      let start = 0;
      for (const said of words) {
        const end = start + Buffer.byteLength(said);
        const isPlain = /^[^\\\u0080-\u{10ffff}]*$/u.test(said) && end - start <= 64;
        expect(texts.intern(bytes, start, end)).toBe(isPlain ? prefix + bytes.toString('utf8', start, end) : null);
        start = end;
      }
    }),
  );
});
