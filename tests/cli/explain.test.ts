// A code that a command prints and `explain` does not know would leave a person alone with it.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { explain } from '../../scripts/lib/cli/checks/explain_command.ts';
import { EXIT, exitCodeOf } from '../../scripts/lib/cli/command_line/exit_codes.ts';
import { explain as explanationsOf } from '../../scripts/lib/cli/output/explanations.ts';
import type { ErrorCode } from '../../scripts/lib/domain/codes/error_table.ts';
import { FINDINGS } from '../../scripts/lib/domain/findings/finding.ts';

const LIB = fileURLToPath(new URL('../../scripts/lib/', import.meta.url));
const sources = (fs.readdirSync(LIB, { recursive: true }) as string[])
  .filter((file) => file.endsWith('.ts'))
  .map((file) => fs.readFileSync(path.join(LIB, file), 'utf8'));

const EXPLANATIONS = explanationsOf(null);
const known = new Set(EXPLANATIONS.map(({ code }) => code));

test.each([
  ['errors', /new SyncError\(\s*'([a-z_]+)'/g],
  ['findings', /\b(?:finding|found)\(\s*'([a-z_]+)'/g],
  ['reasons', /\bbecause\(\s*'([a-z_]+)'/g],
  ['classes', /\bclassification: '([a-z_]+)'/g],
  ['actions', /\b(?:classification\b[^\n]*, |\{ \.\.\.entry, )action: '([a-z_]+)'/g],
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
  const { lines } = await explain({ code: 'stale_plan' }, {});
  expect(lines.join('\n')).toContain('stale_plan (error)');
  expect((await explain({}, {})).lines).toHaveLength(EXPLANATIONS.length);
  expect(() => explain({ code: 'no_such_code' }, {})).toThrow('no_such_code');
});

test('what is told before the tool can load itself has the codes and numbers of the tables', () => {
  const early = fs.readFileSync(path.join(LIB, 'cli/unready.cjs'), 'utf8');
  const found = [...early.matchAll(/\bfinding: '([a-z_]+)'/g)].map(([, code]) => String(code));
  expect(found.map((code) => FINDINGS[code as keyof typeof FINDINGS]?.severity)).toEqual(Array(4).fill('error'));
  const exits = [...(/const EXIT = \{(.*)\}/.exec(early)?.[1] ?? '').matchAll(/(\w+): (\d+)/g)];
  expect(exits.length).toBeGreaterThan(0);
  for (const [, code, exit] of exits) expect([code, exitCodeOf(code as ErrorCode)]).toEqual([code, Number(exit)]);
  expect(early).toContain(`EXIT_FINDINGS = ${EXIT.findings};`);
});
