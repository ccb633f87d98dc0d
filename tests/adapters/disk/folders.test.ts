import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { statFile } from '../../../scripts/lib/adapters/disk/file_reading.ts';
import { makeFolder, missingFolders, moveFile, removeEmptyFolder } from '../../../scripts/lib/adapters/disk/folders.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

describe('folders', () => {
  test('that are missing on the way are told outermost first', () => {
    const root = temporaryFolder();
    const names = [path.join(root, 'a'), path.join(root, 'a', 'b'), path.join(root, 'a', 'b', 'c')];
    expect(missingFolders(names[2]!)).toEqual(names);
    makeFolder(names[1]!);
    expect(missingFolders(names[2]!)).toEqual([names[2]]);
    makeFolder(names[2]!);
    makeFolder(names[2]!);
    expect(missingFolders(names[2]!)).toEqual([]);
  });

  test('are removed only while they are empty', () => {
    const root = temporaryFolder();
    const folder = path.join(root, 'a');
    removeEmptyFolder(folder);
    fs.mkdirSync(folder);
    fs.writeFileSync(path.join(folder, 'theirs'), '');
    removeEmptyFolder(folder);
    expect(fs.existsSync(path.join(folder, 'theirs'))).toBe(true);
    fs.rmSync(path.join(folder, 'theirs'));
    removeEmptyFolder(folder);
    expect(fs.existsSync(folder)).toBe(false);
  });
});

test('a moved file is the same file in another folder', () => {
  const root = temporaryFolder();
  const [from, to] = [path.join(root, 'a'), path.join(root, 'below', 'b')];
  fs.writeFileSync(from, 'x');
  fs.mkdirSync(path.dirname(to));
  const inode = statFile(from)?.inode;
  moveFile(from, to);
  expect([statFile(from), statFile(to)?.inode]).toEqual([null, inode]);
});
