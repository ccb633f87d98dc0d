import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isKnownColumn, releasesOf, SET_BY_USERS, THREAD_COLUMNS } from '../../../scripts/lib/domain/thread/thread_columns.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const minorOf = (version: string): number => Number(version.split('.')[1]);

/** Columns of `threads` as a real Codex made them, in their order. */
function columnsOf(version: string): string[] {
  const sql = fs.readFileSync(path.join(ROOT, `tests/fixtures/codex_schemas/state_5.${version}.sql`), 'utf8');
  const table = /CREATE TABLE threads \(([\s\S]*?)\n?\);/.exec(sql)?.[1] ?? '';
  return [...table.matchAll(/(?:^|,)\s*"?([a-z_]+)"? [A-Z]/g)].map((match) => match[1] as string);
}

test.each(['0.117.0', '0.145.0', '0.169.0'])('Codex %s has exactly the columns that are not younger', (version) => {
  const names = Object.entries(THREAD_COLUMNS).flatMap(([name, { since }]) => (minorOf(since) <= minorOf(version) ? [name] : []));
  expect(names.sort()).toEqual(columnsOf(version).sort());
});

test('others are not known', () =>
  expect(['preview', 'from_the_future', 'toString'].map(isKnownColumn)).toEqual([true, false, false]));

test('columns name the releases that brought them', () =>
  expect(releasesOf(new Set(['id', 'name', 'from_the_future']))).toEqual(['0.107.0', '0.145.0']));

test('what a user sets in Codex is not refreshed by it', () =>
  expect(SET_BY_USERS).toEqual(['archived', 'name', 'is_pinned', 'thread_section_id']));
