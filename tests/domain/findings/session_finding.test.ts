import { expect, test } from 'vitest';
import { EXPLANATIONS } from '../../../scripts/lib/domain/findings/explanations.ts';
import { SESSION_CODES, sessionFinding } from '../../../scripts/lib/domain/findings/session_finding.ts';

test.each(SESSION_CODES)('the explanation of %s names the mend that the commands name', (code) => {
  const { mend } = sessionFinding('ID', code, 'somewhere', 'it is so');
  const explained = EXPLANATIONS.filter(({ kind, ...one }) => one.code === code && kind !== 'reason');
  expect(explained).toHaveLength(1);
  const words = (text: string) => text.replaceAll('`', '').toLowerCase();
  expect(words(explained[0]?.remedy ?? '')).toContain(words(String(mend)));
});
