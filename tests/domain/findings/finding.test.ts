import { describe, expect, test } from 'vitest';
import { explain } from '../../../scripts/lib/cli/output/explanations.ts';
import { asSentence, FINDINGS, type FindingCode, finding } from '../../../scripts/lib/domain/findings/finding.ts';

test.each([
  ['it is gone', 'It is gone.'],
  ['It is gone.', 'It is gone.'],
])('%s as a sentence', (text, sentence) => expect(asSentence(text)).toBe(sentence));

describe.each(Object.keys(FINDINGS) as FindingCode[])('%s', (code) => {
  test('is explained once, and the explanation begins with the mend that the commands name', () => {
    const { mend } = finding(code, 'somewhere', 'it is so');
    const explained = explain(code).filter(({ kind }) => kind !== 'reason' && kind !== 'error');
    expect(explained).toHaveLength(1);
    const words = (text: string) => text.replaceAll('`', '').toLowerCase();
    expect(words(explained[0]?.remedy ?? '').startsWith(words(mend ?? 'nothing'))).toBe(true);
  });
});

test('a mend names the session that it is about, and another mend only where one is given', () => {
  expect(finding('row_missing', 'threads', 'it is so', { thread_id: '01a1' })).toEqual({
    code: 'row_missing',
    severity: 'warning',
    thread_id: '01a1',
    where: 'threads',
    message: 'It is so.',
    mend: 'adopt --thread-id 01a1 --repair --execute',
  });
  expect(finding('files_left_over', 'a file', 'it is so', { mend: 'recover --execute' }).mend).toBe('recover --execute');
  expect(finding('no_database_yet', 'a file', 'it is so').mend).toBeNull();
});
