// The pages that people and agents read: what they point at is there.

import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '..');
const pages = fs
  .readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') && !/(^|[/\\])(node_modules|\.codex|\.homes|\.lab)[/\\]/.test(name));
const read = (page: string): string => fs.readFileSync(path.join(ROOT, page), 'utf8');
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');

/** The anchors of a page, as GitHub makes them out of its headings. */
function anchorsOf(page: string): string[] {
  const headings = read(page)
    .replace(/^```[\s\S]*?^```$/gm, '')
    .matchAll(/^#+ (.+)$/gm);
  return [...headings].map(([, title]) =>
    (title as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function isBroken(page: string, link: string): boolean {
  const [file, anchor] = link.split('#') as [string, string?];
  const target = file === '' ? page : path.join(path.dirname(page), decodeURIComponent(file));
  if (!fs.existsSync(path.join(ROOT, target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

test('every link of a page leads to a file, and to a heading of it', () => {
  expect(pages.length).toBeGreaterThan(15);
  const broken = pages.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] as string)
      .filter((link) => !/^(https?:|\.\.\/security)/.test(link) && isBroken(page, link))
      .map((link) => `${page}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('every script, test and page that is named exists', () => {
  const missing = pages.flatMap((page) =>
    [...read(page).matchAll(/(?<![\w./-])(?:scripts|tests|references)\/[\w./-]*\w/g)]
      .map(([name]) => name)
      .filter((name) => !/(\.\.|node_modules|\/\.)/.test(name) && !fs.existsSync(path.join(ROOT, name)))
      .map((name) => `${page}: ${name}`),
  );
  expect(missing).toEqual([]);
});

test('every test that shows a promise exists', () => {
  const rows = read('tests/README.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/\d/.test(line.split(' | ').at(-1) ?? ''));
  const named = rows.flatMap((row) =>
    [...(row.split(' | ').at(-1) ?? '').matchAll(/`([a-z][\w/-]*)`/g)].map(([, name]) => name as string),
  );
  const isThere = (name: string): boolean =>
    ['', 'transaction', 'commands'].some((room) =>
      ['', '.test.ts'].some((end) => fs.existsSync(path.join(ROOT, 'tests', room, `${name}${end}`))),
    );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});

test('SKILL.md is short enough to be read in every run', () => {
  expect(read('SKILL.md').trimEnd().split('\n').length).toBeLessThanOrEqual(145);
});

/** What a translation shares with its original: the level of each heading, the commands and examples, the rows of tables, the links. */
function skeletonOf(page: string) {
  const text = read(page);
  return {
    headings: [...text.matchAll(/^(#+) /gm)].map(([, level]) => level),
    blocks: [...text.matchAll(/^```[\s\S]*?^```$/gm)].map(([block]) => block),
    rows: [...text.matchAll(/^\|/gm)].length,
    code: [...new Set([...text.replace(/^```[\s\S]*?^```$/gm, '').matchAll(/`[^`\n]+`/g)].map(([code]) => code))].sort(),
    links: [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link)
      .filter((link) => !link?.startsWith('README'))
      .sort(),
  };
}

test('the Chinese README has the sections, commands, tables and links of the English one', () => {
  expect(skeletonOf('README.zh-CN.md')).toEqual(skeletonOf('README.md'));
});
