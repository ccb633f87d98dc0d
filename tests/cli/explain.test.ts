// A code that a command prints and `explain` does not know would leave a person alone with it.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explain } from '../../scripts/lib/cli/verbs/explain_command.ts';
import { EXPLANATIONS } from '../../scripts/lib/domain/findings/explanations.ts';

const LIB = fileURLToPath(new URL('../../scripts/lib/', import.meta.url));
const sources = (fs.readdirSync(LIB, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => fs.readFileSync(path.join(LIB, file), 'utf8'));

const known = new Set(EXPLANATIONS.map(({ code }) => code));

test.each([
  ['errors', /new SyncError\(\s*'([a-z_]+)'/g],
  ['findings', /\b(?:finding|found|findingAt<\w+>)(?:\([^()]*\))?\(\s*'([a-z_]+)'/g],
  ['reasons', /\bbecause\(\s*'([a-z_]+)'/g],
  ['findings made as values', /\bcode: '([a-z_]+)'/g],
])('every code of %s in the source has an entry', (_what, pattern) => {
  const used = new Set(sources.flatMap((source) => [...source.matchAll(pattern)].map(([, code]) => String(code))));
  expect(used.size).toBeGreaterThan(0);
  expect([...used].filter((code) => !known.has(code))).toEqual([]);
});

test('every entry says what is so, what follows, and what to do', () => {
  for (const { code, means, matters, remedy } of EXPLANATIONS)
    for (const text of [means, matters, remedy]) expect(text, code).toMatch(/^[A-Z`].*[.]$/);
});

test('one code is explained at length, none lists all, an unknown one is refused', async () => {
  const { report } = await explain({ code: 'stale_plan' }, {});
  expect(report.lines.join('\n')).toContain('stale_plan (error)');
  expect((await explain({}, {})).report.lines).toHaveLength(EXPLANATIONS.length);
  expect(() => explain({ code: 'no_such_code' }, {})).toThrow('no_such_code');
});
