// What another program has open for a moment is waited for. Windows refuses each of these meanwhile, Wine as well.

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { appendFrom } from '../../scripts/lib/adapters/disk/file_writing.ts';
import { moveFile } from '../../scripts/lib/adapters/disk/folders.ts';
import { removeAt } from '../../scripts/lib/adapters/disk/removal.ts';
import { asSyncError } from '../../scripts/lib/adapters/disk/system_errors.ts';
import { temporaryFolder } from '../fixtures/temporary_folder.ts';

const children: ChildProcess[] = [];
afterEach(() => children.splice(0).map((child) => child.kill()));

/** Another process that has the file open and shares it with nobody (libuv's UV_FS_O_EXLOCK), for so many milliseconds. */
async function openElsewhere(file: string, milliseconds: number): Promise<void> {
  const script = `const handle = require('fs').openSync(process.argv[1], 0x10000000); console.log('open');
    setTimeout(() => require('fs').closeSync(handle), ${milliseconds}); setTimeout(() => {}, 60000);`;
  const child = spawn(process.execPath, ['-e', script, file], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await new Promise((resolve) => child.stdout.once('data', resolve));
}

function twoFiles(): { file: string; other: string } {
  const [file, other] = ['file', 'other'].map((name) => path.join(temporaryFolder(), name)) as [string, string];
  fs.writeFileSync(file, 'one');
  fs.writeFileSync(other, 'two');
  return { file, other };
}

const changes: [string, (file: string, other: string) => void][] = [
  ['appended to', (file, other) => appendFrom(other, file, 3, 0)],
  ['renamed', (file, other) => moveFile(file, other)],
  ['replaced', (file, other) => moveFile(other, file)],
  ['removed', (file) => removeAt(file)],
];

test.each(changes)('a file that another program has open for 200 ms is %s', async (_, change) => {
  const { file, other } = twoFiles();
  await openElsewhere(file, 200);
  change(file, other);
  expect([file, other].map((one) => (fs.existsSync(one) ? fs.readFileSync(one, 'utf8') : null))).not.toEqual(['one', 'two']);
});

test.each(changes)('one that stays open is not %s, and the error names it', async (_, change) => {
  const { file, other } = twoFiles();
  await openElsewhere(file, 30_000);
  let error: unknown = null;
  try {
    change(file, other);
  } catch (thrown) {
    error = asSyncError(thrown);
  }
  expect(error).toMatchObject({ code: 'file_in_use', where: expect.stringContaining(file) });
  expect(fs.readFileSync(other, 'utf8')).toBe('two');
});
