import fs from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  forgetFolders,
  isSameFolder,
  isSamePlace,
  localSpelling,
  wayBelow,
} from '../../../scripts/lib/adapters/paths/local_paths.ts';
import { makeCaseFoldingFolder } from '../../fixtures/case_folding_folder.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

let root: string;
beforeEach(() => {
  root = fs.realpathSync(temporaryFolder());
  forgetFolders();
});
afterEach(() => vi.restoreAllMocks());

/** A home with a rollout, and a link to it. */
function linkedHome(): { home: string; link: string } {
  const [home, link] = [path.join(root, 'home'), path.join(root, 'link')];
  fs.mkdirSync(path.join(home, 'sessions', 'day'), { recursive: true });
  fs.writeFileSync(path.join(home, 'sessions', 'day', 'one.jsonl'), '');
  fs.symlinkSync(home, link);
  return { home, link };
}

test('a file is one through a link to a folder above it, also where it is missing', () => {
  const { home, link } = linkedHome();
  for (const name of ['sessions/day/one.jsonl', 'sessions/day/none.jsonl']) {
    expect(isSamePlace(path.join(home, name), path.join(link, name))).toBe(true);
    expect(wayBelow(link, path.join(home, name))).toBe(path.normalize(name));
    expect(wayBelow(home, path.join(link, name))).toBe(path.normalize(name));
  }
  expect(isSamePlace(path.join(home, 'sessions'), path.join(link, 'archived'))).toBe(false);
  expect(isSameFolder(home, link)).toBe(true);
  expect(isSamePlace(home, link)).toBe(false);
});

test('what is beside a folder, above it or the folder itself is not below it', () => {
  const { home } = linkedHome();
  fs.mkdirSync(`${home}2`);
  for (const place of [`${home}2/x`, home, root, '/', 'home/x', ''])
    expect([place, wayBelow(home, place)]).toEqual([place, null]);
  const { root: top } = path.parse(root);
  expect(wayBelow(top, path.join(top, 'etc'))).toBe('etc');
});

test('capitals are two names where the disk has two', () => {
  fs.mkdirSync(path.join(root, 'home'));
  fs.mkdirSync(path.join(root, 'HOME'));
  fs.writeFileSync(path.join(root, 'home', 'x'), '');
  fs.writeFileSync(path.join(root, 'HOME', 'x'), '');
  expect(isSamePlace(path.join(root, 'home', 'x'), path.join(root, 'HOME', 'x'))).toBe(false);
  expect(wayBelow(path.join(root, 'home'), path.join(root, 'HOME', 'x'))).toBeNull();
});

test('each folder is asked about once, and names that are equal not at all', () => {
  const { home, link } = linkedHome();
  const asked = vi.spyOn(fs.realpathSync, 'native');
  const looked = vi.spyOn(fs, 'lstatSync');
  for (let count = 0; count < 100; count++) {
    const name = path.join('sessions', 'day', `${count}.jsonl`);
    expect(isSamePlace(path.join(home, name), path.join(home, name))).toBe(true);
    expect(wayBelow(home, path.join(home, name))).toBe(name);
  }
  expect(asked).not.toHaveBeenCalled();
  for (let count = 0; count < 100; count++) {
    const name = path.join('sessions', 'day', `${count}.jsonl`);
    expect(isSamePlace(path.join(home, name), path.join(link, name))).toBe(true);
    expect(wayBelow(link, path.join(home, name))).toBe(name);
  }
  expect(asked.mock.calls.map(([place]) => path.relative(root, String(place))).sort()).toEqual([
    'home/sessions/day',
    'link',
    'link/sessions/day',
  ]);
  expect(looked).not.toHaveBeenCalled();
});

test('a path is spelled without what makes no difference', () =>
  expect(localSpelling(`${root}//x/./y/../`)).toBe(path.join(root, 'x')));

const folding = makeCaseFoldingFolder();
afterAll(() => folding?.remove());

describe.skipIf(folding === null)('on a disk that folds case (root, and vfat or ntfs-3g)', () => {
  test('a file is one in any capitals, and is below its folder in any', () => {
    const day = path.join(folding?.path ?? '', 'home', 'sessions', 'day');
    fs.mkdirSync(day, { recursive: true });
    fs.writeFileSync(path.join(day, 'one.jsonl'), '');
    const shouted = path.join(folding?.path ?? '', 'HOME', 'Sessions', 'day', 'one.jsonl');
    expect(isSamePlace(path.join(day, 'one.jsonl'), shouted)).toBe(true);
    expect(isSamePlace(path.join(day, 'one.jsonl'), path.join(day, 'ONE.jsonl'))).toBe(true);
    expect(isSamePlace(path.join(day, 'one.jsonl'), path.join(day, 'two.jsonl'))).toBe(false);
    expect(wayBelow(path.join(folding?.path ?? '', 'home'), shouted)).toBe(path.join('Sessions', 'day', 'one.jsonl'));
  });
});
