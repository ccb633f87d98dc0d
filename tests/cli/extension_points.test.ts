import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { conversation, textOf, withTurn } from '../fixtures/conversation.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const make = machinesOfEachTest();

type Ran = { code: number | null; document: Record<string, unknown> };

function run(...words: string[]): Ran {
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', path.join(ROOT, 'scripts', 'sync_extension_points.ts'), ...words, '--json'],
    { cwd: ROOT, encoding: 'utf8' },
  );
  return { code: status, document: JSON.parse(stdout) as Record<string, unknown> };
}

let list: Ran;
beforeAll(() => {
  list = run('list');
});

test('every piece is listed with a page that is there', () => {
  const points = list.document.points as { name: string; page: string; kind: string }[];
  expect(points.map(({ name }) => name)).toEqual(['documents', 'content', 'journal', 'wsl', 'home-prefix']);
  for (const { page } of points) expect(fs.existsSync(path.join(ROOT, page)), page).toBe(true);
});

test('two rollouts that part are shown with the first line that differs, masked and unmasked', () => {
  const { root } = make('never started');
  const talk = conversation('talk', '/home/far/project', ['first']);
  const [local, incoming] = ['local.jsonl', 'incoming.jsonl'].map((name) => path.join(root, name)) as [string, string];
  fs.writeFileSync(local, textOf(withTurn(talk, 'here')).replaceAll('/home/far', '/home/me'));
  fs.writeFileSync(incoming, textOf(withTurn(talk, 'there')));
  const { code, document } = run('try-classify', local, incoming);
  expect([code, document.classification]).toEqual([0, 'diverged_lineage']);
  expect(document.shared_prefix).toBeGreaterThan(document.identical_lines as number);
  const { line, local: here } = document.first_difference as { line: number; local: { unmasked: string; masked: string } };
  expect(line).toBe((document.shared_prefix as number) + 1);
  expect(here.unmasked).toBe(fs.readFileSync(local, 'utf8').split('\n')[line - 1]);
  expect(here.masked).not.toContain('/home/me');
});

test('a path is spelled as the rules and an extension say', () => {
  const path_ = (...flags: string[]) => run('try-localize', '/Users/ana/work', '--user-home', '/home/ben', ...flags).document;
  expect(path_()).toMatchObject({ path: '/Users/ana/work', rule: 'none' });
  expect(path_('--extension', 'home-prefix')).toMatchObject({
    path: path.resolve('/home/ben/work'),
    rule: 'extension:home-prefix',
  });
  expect(path_('--map-path', `/Users/ana=${path.resolve('/srv')}`)).toMatchObject({
    path: path.resolve('/srv/work'),
    rule: 'map-path',
  });
});

test('an extension that breaks its contract is told what it breaks, and exit code 6', () => {
  const { code, document } = run('check', path.join(ROOT, 'tests', 'fixtures', 'extensions', 'impure.mjs'));
  expect([code, document.faults]).toMatchObject([6, [{ rule: 'pure' }]]);
});
