import { expect, test } from 'vitest';
import { asSentence } from '../../../scripts/lib/domain/findings/finding.ts';

test.each([
  ['it is gone', 'It is gone.'],
  ['It is gone.', 'It is gone.'],
])('%s as a sentence', (text, sentence) => expect(asSentence(text)).toBe(sentence));
