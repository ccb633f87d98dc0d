import fs from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EXIT } from '../../scripts/lib/cli/command_line/exit_codes.ts';
import { fileOf, PAGES, withTables } from './made_tables.ts';

const read = (page: string): string => fs.readFileSync(fileOf(page), 'utf8');

describe.each(PAGES)('%s', (page) => {
  test('has the tables of the code; `npm run tables` makes them anew', () => {
    const made = [...read(page).matchAll(/^<!-- ([a-z ]+): made by/gm)];
    expect(made.length).toBeGreaterThan(0);
    for (const [, name] of made) expect(read(page)).toContain(`\n<!-- end of ${name} -->\n`);
    expect(read(page)).toBe(withTables(read(page)));
  });
});

test('the page of exit codes has every number that a command ends with', () => {
  const section = read('references/cli-shape.md').split('## Exit codes')[1]?.split('\n| exit |')[0] ?? '';
  const numbers = [...section.matchAll(/^\| (\d+) \|/gm)].map(([, number]) => Number(number));
  expect(numbers).toEqual(Object.values(EXIT));
});
