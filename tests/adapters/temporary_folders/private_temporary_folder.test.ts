// What is unpacked never outlives its process, and never is anybody else's.

import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { leftUnpackFolders } from '../../../scripts/lib/adapters/temporary_folders/private_temporary_folder.ts';
import { examine } from '../../../scripts/lib/commands/doctor/doctor.ts';
import { withPackageFolder } from '../../../scripts/lib/commands/sync/package_place.ts';
import { entriesOf, zip } from '../../fixtures/archives.ts';
import { conversation } from '../../fixtures/conversation.ts';
import { type Machine, writePackage } from '../../fixtures/machine.ts';
import { machinesOfEachTest } from '../../fixtures/machines.ts';
import { TMPDIR, tmpdirIn } from '../../fixtures/tmpdir.ts';

const SOURCE = path.resolve('scripts/lib/adapters/temporary_folders/private_temporary_folder.ts');
const machine = machinesOfEachTest();
let here: Machine;
let temporary: ReturnType<typeof tmpdirIn>;

beforeEach(() => {
  here = machine('never started');
  temporary = tmpdirIn(here.root);
});
afterEach(() => {
  temporary.restore();
});

/** A process that has unpacked something, tells it, and then does not come back to its event loop. */
const HOLDS = `
  import fs from 'node:fs';
  import { makeUnpackFolder } from '${SOURCE}';
  const { path } = makeUnpackFolder();
  fs.writeFileSync(path + '/talk', 'private');
  fs.writeSync(1, path);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20_000);`;

test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('%s in the middle of a run leaves nothing', async (signal) => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', HOLDS]);
  const folder = String(await new Promise((resolve) => child.stdout.once('data', resolve)));
  expect(fs.readdirSync(folder)).toEqual(['talk']);
  child.kill(signal);
  await vi.waitFor(() => expect(fs.existsSync(folder)).toBe(false), { timeout: 15_000, interval: 50 });
});

/** As the folder of a process that is dead, with its watcher. */
function left(pid: number, host = os.hostname()): string {
  const folder = path.join(temporary.folder, `codex-session-sync-unpacked.${host.replace(/[^A-Za-z0-9-]/g, '_')}.${pid}.AbCdEf`);
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, 'talk'), 'private');
  return folder;
}

const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;
const archive = (): string => {
  const file = path.join(here.root, 'plant.zip');
  fs.writeFileSync(file, zip(entriesOf(writePackage(here, [{ conversation: conversation('left', '/home/far', ['hi']) }]))));
  return file;
};

test('what a dead run left is named by doctor and removed by the next run; what is not certainly that stays', async () => {
  const dead = left(deadPid());
  const others = [left(process.pid), left(deadPid(), 'elsewhere')];
  const link = path.join(temporary.folder, path.basename(dead).replace('AbCdEf', 'link'));
  fs.symlinkSync(here.root, link);
  expect(leftUnpackFolders()).toEqual([dead]);
  const { findings } = examine(here.codexHome, {});
  expect(findings.filter(({ code }) => code === 'unpacked_left')).toMatchObject([{ where: dead, severity: 'note' }]);
  await withPackageFolder({ named: archive(), skills: [] }, () => null);
  expect(fs.readdirSync(temporary.folder).sort()).toEqual([...others, link].map((each) => path.basename(each)).sort());
});

test('a temporary disk that is full is seen before anything is unpacked, with numbers', async () => {
  const file = archive();
  const spy = vi.spyOn(fs, 'statfsSync').mockReturnValue({ bavail: 1, bsize: 4096, blocks: 9 } as never);
  const refused = withPackageFolder({ named: file, skills: [] }, () => null);
  await expect(refused).rejects.toMatchObject({
    code: 'no_space',
    message: expect.stringMatching(/^0\.0 MB are needed, but only 0\.0 MB are free\.$/),
    where: temporary.folder,
    hint: expect.stringContaining(TMPDIR),
  });
  spy.mockRestore();
  expect(fs.readdirSync(temporary.folder)).toEqual([]);
});

test('a temporary folder that is not there is named', async () => {
  const file = archive();
  process.env[TMPDIR] = path.join(here.root, 'nowhere');
  const refused = withPackageFolder({ named: file, skills: [] }, () => null);
  await expect(refused).rejects.toMatchObject({ code: 'configuration', where: process.env[TMPDIR] });
  expect(examine(here.codexHome, {}).findings.filter(({ code }) => code === 'unpacked_left')).toEqual([]);
});

test.each([
  ['ENOSPC', 'no_space'],
  ['EDQUOT', 'no_space'],
  ['EROFS', 'not_permitted'],
  ['EMFILE', 'too_many_files'],
  ['EIO', 'io_error'],
])(
  'where the temporary folder answers %s the folder is named, not the archive, and what was unpacked is gone',
  async (code, told) => {
    const file = archive();
    const full = Object.assign(new Error(code), { code, syscall: 'write' });
    const spy = vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw full;
    });
    const refused = withPackageFolder({ named: file, skills: [] }, () => null);
    await expect(refused).rejects.toMatchObject({ code: told, where: expect.stringContaining(temporary.folder) });
    spy.mockRestore();
    expect(fs.readdirSync(temporary.folder)).toEqual([]);
  },
);
