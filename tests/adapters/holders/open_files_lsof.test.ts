import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { openFilesByLsof } from '../../../scripts/lib/adapters/holders/open_files_lsof.ts';
import { temporaryFolder } from '../../fixtures/temporary_folder.ts';

/** As `lsof -F pan` prints it: a process, then its files, each with access and name. */
const answer = (lines: string[]) => () => ({
  stdout: [`p${process.pid}`, 'f1', 'au', 'n/own/open', ...lines, ''].join('\n'),
  why: null,
});
const isOpen = (file: string, lines: string[]): boolean => openFilesByLsof(answer(lines), {}).has(file);

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

const hasLsof = spawnSync('lsof', ['-v']).status === 0;

/** Another process with the file open, to read or to append. */
async function openElsewhere(file: string, flag: 'r' | 'a'): Promise<void> {
  const script = "require('fs').openSync(process.argv[1], process.argv[2]); console.log('open'); setTimeout(() => {}, 60000)";
  const child = spawn(process.execPath, ['-e', script, file, flag], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill());
  await new Promise((resolve) => child.stdout.once('data', resolve));
}

test.runIf(hasLsof).each(['C', 'C.UTF-8'])(
  'the real lsof tells what another process has open for writing, whatever its name, in the locale %s',
  async (locale) => {
    const root = temporaryFolder();
    const files = ['written', 'read', 'own'].map((name) => path.join(root, `${name} \u00fc \\x41`)) as [string, string, string];
    for (const file of files) fs.writeFileSync(file, '');
    vi.stubEnv('LC_ALL', locale);
    onTestFinished(() => void vi.unstubAllEnvs());
    await openElsewhere(files[0], 'a');
    await openElsewhere(files[1], 'r');
    const own = fs.openSync(files[2], 'a');
    const open = openFilesByLsof();
    fs.closeSync(own);
    expect(open.blind).toBeNull();
    expect(files.map((file) => open.has(file))).toEqual([true, false, false]);
  },
);
