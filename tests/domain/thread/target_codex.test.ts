import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { type TargetFacts, targetCodex } from '../../../scripts/lib/domain/thread/target_codex.ts';

const NOTHING: TargetFacts = { columns: null, cliVersions: [], override: null };
const SCHEMAS = path.join(import.meta.dirname, '../../fixtures/codex_schemas');

/** Columns of `threads` as a real Codex made them. */
function columnsOf(version: string): Set<string> {
  const sql = fs.readFileSync(path.join(SCHEMAS, `state_5.${version}.sql`), 'utf8');
  const table = /CREATE TABLE threads \(([\s\S]*?)\n?\);/.exec(sql)?.[1] ?? '';
  return new Set([...table.matchAll(/(?:^|,)\s*"?([a-z_]+)"? [A-Z]/g)].map((match) => match[1] as string));
}

test.each([
  ['0.117.0', 25],
  ['0.145.0', 33],
  ['0.169.0', 43],
])('the columns of %s are read from its schema', (version, count) => expect(columnsOf(version).size).toBe(count));

describe('the databases say', () => {
  test.each([
    ['0.117.0', { version: '0.117.0', readsPaginated: false, saidBy: 'the columns of threads' }],
    ['0.145.0', { version: '0.145.0', readsPaginated: false, saidBy: 'the columns of threads' }],
    ['0.169.0', { version: '0.165.0', readsPaginated: true, saidBy: 'the columns of threads' }],
  ])('what ran here: %s', (version, expected) =>
    expect(targetCodex({ ...NOTHING, columns: columnsOf(version) })).toEqual(expected),
  );

  test('more than sessions that came from elsewhere', () => {
    const old = { ...NOTHING, columns: columnsOf('0.145.0'), cliVersions: ['0.169.0', '0.117.0'] };
    expect(targetCodex(old)).toMatchObject({ version: '0.145.0', readsPaginated: false });
    const today = { ...NOTHING, columns: columnsOf('0.169.0'), cliVersions: ['0.117.0'] };
    expect(targetCodex(today)).toMatchObject({ version: '0.165.0', readsPaginated: true });
  });

  test('the first that reads paginated sessions by the column that it brought', () => {
    const columns = new Set([...columnsOf('0.145.0'), 'is_pinned']);
    expect(targetCodex({ ...NOTHING, columns })).toMatchObject({ version: '0.146.0', readsPaginated: false });
    columns.add('thread_section_id');
    expect(targetCodex({ ...NOTHING, columns })).toMatchObject({ version: '0.147.0', readsPaginated: true });
  });
});

describe('without a database', () => {
  test.each([
    [['0.99.0', '0.117.0'], { version: '0.117.0', readsPaginated: false, saidBy: 'its sessions' }],
    [['0.117.0', '0.147.0-alpha.3', '0.9.0'], { version: '0.147.0-alpha.3', readsPaginated: true, saidBy: 'its sessions' }],
    [['10.0.0', '2.0.0'], { version: '10.0.0', readsPaginated: true, saidBy: 'its sessions' }],
    [['', 'unknown'], { version: null, readsPaginated: true, saidBy: 'nothing' }],
    [[], { version: null, readsPaginated: true, saidBy: 'nothing' }],
  ])('the newest session tells: %j', (cliVersions, expected) =>
    expect(targetCodex({ ...NOTHING, cliVersions })).toEqual(expected),
  );
});

test.each([
  ['0.146.9', false],
  ['0.147', true],
  ['0.148.0', true],
  ['1.0.0', true],
  ['1', true],
  ['v0.117.0', false],
])('what the user says counts before all: %s', (override, readsPaginated) => {
  const facts = { columns: columnsOf('0.169.0'), cliVersions: ['0.169.0'], override };
  expect(targetCodex(facts)).toEqual({ version: override, readsPaginated, saidBy: '--target-codex' });
});
