import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findOpenFiles } from '../../../scripts/lib/adapters/locks/open_files_by_lsof.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

/** As `lsof -F pan` prints it: a process, then its files, each with access and name. */
const answer = (lines: string[]) => () => ({
  stdout: [`p${process.pid}`, 'f1', 'au', 'n/own/open', ...lines, ''].join('\n'),
  why: null,
});
const isOpen = (file: string, lines: string[]): boolean => findOpenFiles(answer(lines), {}).has(file);

const isPosix = process.platform !== 'win32';

test.runIf(isPosix).each([
  ['written by another process', ['p9', 'f12', 'aw', 'n/h/rollout'], true],
  ['read and written', ['p9', 'f12', 'au', 'n/h/rollout'], true],
  ['only read', ['p9', 'f12', 'ar', 'n/h/rollout'], false],
  ['a working folder, which has no access', ['p9', 'f3', 'aw', 'n/x', 'fcwd', 'n/h/rollout'], false],
  ['of this process', [`p${process.pid}`, 'f12', 'aw', 'n/h/rollout'], false],
  ['another file', ['p9', 'f12', 'aw', 'n/h/rollout2'], false],
])('%s: %#', (_, lines, expected) => {
  expect(isOpen('/h/rollout', lines)).toBe(expected);
});

test.runIf(isPosix)('a file is known by the place that its links lead to, as macOS names it', () => {
  const root = fs.realpathSync(temporaryFolder());
  fs.mkdirSync(path.join(root, 'private'));
  fs.writeFileSync(path.join(root, 'private', 'rollout'), '');
  fs.symlinkSync(path.join(root, 'private'), path.join(root, 'var'));
  expect(isOpen(path.join(root, 'var', 'rollout'), ['p9', 'f12', 'aw', `n${root}/private/rollout`])).toBe(true);
});
