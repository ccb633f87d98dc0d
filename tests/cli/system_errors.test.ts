// What the system refuses is told in plain words and with a code of its own: never as a bug, and with nothing half done.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { asSyncError } from '../../scripts/lib/adapters/disk/system_errors.ts';
import { conversation } from '../fixtures/conversation.ts';
import { addSession, type Machine, writePackage } from '../fixtures/machine.ts';
import { machinesOfEachTest } from '../fixtures/machines.ts';
import { snapshot } from '../fixtures/snapshot.ts';
import { canTrace } from '../power_cuts/traced_calls.ts';

const LAUNCHER = fileURLToPath(new URL('../../scripts/codex-session-sync.cjs', import.meta.url));
const make = machinesOfEachTest();
const talk = conversation('one', '/home/far/project', ['first']);
const own = conversation('own', '/home/far/project', ['first']);

test.each([
  ['EACCES', 'not_permitted'],
  ['EPERM', 'not_permitted'],
  ['EROFS', 'not_permitted'],
  ['SQLITE_READONLY_DIRECTORY', 'not_permitted'],
  ['SQLITE_CANTOPEN', 'not_permitted'],
  ['ENOSPC', 'no_space'],
  ['EDQUOT', 'no_space'],
  ['SQLITE_FULL', 'no_space'],
  ['EMFILE', 'too_many_files'],
  ['ENFILE', 'too_many_files'],
  ['EIO', 'io_error'],
  ['ESTALE', 'io_error'],
  ['ENOMEM', 'no_memory'],
  ['SQLITE_NOMEM', 'no_memory'],
  ['SQLITE_IOERR_FSYNC', 'io_error'],
  ['SQLITE_BUSY_SNAPSHOT', 'database_locked'],
  ['SQLITE_CORRUPT_VTAB', 'database_unreadable'],
])('%s of any call is %s', (code, told) => {
  const error = Object.assign(new Error(`${code}: no, write '/x'`), { code, syscall: 'write', path: '/x' });
  expect(asSyncError(error)).toMatchObject({ code: told, where: '/x', hint: expect.any(String), cause: error });
});

test.each([
  ['EDQUOT', 'no_space'],
  ['ESTALE', 'io_error'],
])('%s, for which Node has only a number, is %s', (name, told) => {
  const errno = -(os.constants.errno as Record<string, number>)[name]!;
  const code = `Unknown system error ${errno}`;
  expect(asSyncError(Object.assign(new Error(`${code}: ${code}, write`), { code, errno, syscall: 'write' }))?.code).toBe(told);
  expect(asSyncError(Object.assign(new Error(', Unknown error: x'), { code: '', errno }))?.code).toBe(told);
});

test.each([
  ['a file that is not there', { code: 'ENOENT', syscall: 'open' }],
  ['a slip in the code', {}],
  ['a name of every object', { code: 'constructor' }],
])('%s is a bug', (_what, fields) => {
  expect(asSyncError(Object.assign(new Error('x'), fields))).toBeNull();
});

test('a folder that cannot be made is not permitted, as Node tells a read-only disk', () => {
  expect(asSyncError(Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'mkdir' }))?.code).toBe('not_permitted');
});

/** In a mount namespace of its own, where `mounts` change what the command sees. */
function sandboxed(
  { codexHome, userHome, root }: Machine,
  mounts: string,
  words: string[],
): { code: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, CODEX_HOME: codexHome, HOME: userHome, CODEX_THREAD_ID: '', NODE: process.execPath, LAUNCHER };
  const script = `${mounts} && exec "$NODE" "$LAUNCHER" "$@"`;
  const { status, stdout, stderr } = spawnSync('unshare', ['-rm', 'sh', '-c', script, 'sh', ...words], {
    cwd: root,
    encoding: 'utf8',
    env,
  });
  return { code: status, stdout, stderr };
}
const canMount =
  process.platform === 'linux' && spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
const READ_ONLY = 'mount --bind "$CODEX_HOME" "$CODEX_HOME" && mount -o remount,bind,ro "$CODEX_HOME"';

describe.runIf(canMount)('where only the workspace may be written, as in Codex’s sandbox,', () => {
  test.each([
    ['the first sync', false],
    ['a later one', true],
  ])('%s is refused, with the approval named', (_what, isLater) => {
    const here = make();
    if (isLater) fs.mkdirSync(path.join(here.codexHome, 'sync-journal'));
    const before = snapshot(here.codexHome);
    const { code, stdout } = sandboxed(here, READ_ONLY, [
      'sync',
      writePackage(here, [{ conversation: talk }]),
      '--execute',
      '--json',
    ]);
    expect([code, JSON.parse(stdout)]).toEqual([
      5,
      expect.objectContaining({ code: 'not_permitted', hint: expect.stringContaining('approval') }),
    ]);
    expect(snapshot(here.codexHome)).toEqual(before);
  });

  test('packup outside of it is refused as well, and commands that only read work', () => {
    const here = make();
    addSession(here, own);
    const all = 'mount --bind "$HOME" "$HOME" && mount -o remount,bind,ro "$HOME"';
    const packed = sandboxed(here, all, ['packup', '--all', '--output', path.join(here.userHome, 'packed'), '--json']);
    expect([packed.code, JSON.parse(packed.stdout)]).toEqual([5, expect.objectContaining({ code: 'not_permitted' })]);
    const folder = writePackage(here, [{ conversation: talk }]);
    for (const words of [['inspect-package', folder], ['list-transactions'], ['verify'], ['sidecar-health']])
      expect([words[0], sandboxed(here, all, words).code]).toEqual([words[0], 0]);
  });
});

test.runIf(canMount)('a disk that fills up is told as that, and the home is as it was', () => {
  const here = make();
  const small =
    'cp -a "$CODEX_HOME" /tmp/home && mount -t tmpfs -o size=5m none "$CODEX_HOME" && cp -a /tmp/home/. "$CODEX_HOME"';
  const fill = `${small.replaceAll('/tmp/home', '"$HOME/copy"')} && { head -c 4900k /dev/zero > "$CODEX_HOME/filler" 2>/dev/null || true; }`;
  const { code, stdout } = sandboxed(here, fill, ['sync', writePackage(here, [{ conversation: talk }]), '--execute', '--json']);
  expect([code, JSON.parse(stdout)]).toEqual([5, expect.objectContaining({ code: 'no_space' })]);
});

test.runIf(fs.existsSync('/dev/full'))('output that cannot be written is told, not a bug', () => {
  const { status, stderr } = spawnSync('sh', ['-c', '"$0" "$1" explain > /dev/full', process.execPath, LAUNCHER], {
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([5, 'Error: The output cannot be written (ENOSPC). What the command did is done.\n']);
});

test.runIf(process.platform === 'linux')('too few open files are told as that', () => {
  const here = make();
  const folder = writePackage(here, [{ conversation: talk }]);
  const codes = [23, 25, 27, 28].map((limit) => {
    const { stdout } = spawnSync(
      'sh',
      ['-c', `ulimit -n ${limit}; exec "$@"`, 'sh', process.execPath, LAUNCHER, 'sync', folder, '--execute', '--json'],
      {
        encoding: 'utf8',
        env: { ...process.env, CODEX_HOME: here.codexHome, HOME: here.userHome, CODEX_THREAD_ID: '' },
      },
    );
    const document =
      stdout.trim() === ''
        ? { code: 'Node itself does not start' }
        : (JSON.parse(stdout) as { kind: string; code?: string; hint?: string });
    if ('hint' in document && document.code === 'too_many_files') expect(document.hint).toContain('ulimit -n');
    return document.code ?? null;
  });
  expect(codes).toContain('too_many_files');
  expect(codes).not.toContain('configuration');
  expect(codes).not.toContain('internal');
});

// Node's call for nested folders would say ENOENT of each.
test.skipIf(!canTrace()).each([
  ['EIO', 'io_error'],
  ['EMFILE', 'too_many_files'],
  ['ENOSPC', 'no_space'],
  ['EACCES', 'not_permitted'],
])('%s of the first folder of a journal is %s', (errno, told) => {
  const { root, codexHome, userHome } = make();
  const folder = writePackage({ root, codexHome, userHome }, [{ conversation: talk }]);
  const fault = [
    '-f',
    '-o',
    '/dev/null',
    '-P',
    path.join(codexHome, 'sync-journal'),
    '-e',
    `inject=mkdir,mkdirat:error=${errno}`,
  ];
  const words = ['sync', folder, '--execute', '--codex-home', codexHome, '--user-home', userHome, '--json'];
  const { status, stdout } = spawnSync('strace', [...fault, process.execPath, LAUNCHER, ...words], { encoding: 'utf8' });
  expect([status, JSON.parse(stdout)]).toEqual([5, expect.objectContaining({ code: told })]);
});

describe.runIf(spawnSync('prlimit', ['--version']).status === 0)('where too few files can be opened, each time', () => {
  const driver = fileURLToPath(new URL('../fixtures/few_files.cjs', import.meta.url));
  const withFew = (here: Machine, free: number, words: string[]) => {
    const command = [...words, '--codex-home', here.codexHome, '--user-home', here.userHome, '--json'];
    const { stdout } = spawnSync(process.execPath, [driver, String(free), ...command], { encoding: 'utf8' });
    return JSON.parse(stdout) as { code: number; document: { code?: string; where?: string; hint?: string } };
  };

  test('a sync says that, of SQLite’s files as well, and the next one does it', () => {
    const here = make();
    addSession(here, own);
    const words = ['sync', writePackage(here, [{ conversation: talk }]), '--execute'];
    const journal = path.join(here.codexHome, 'sync-journal');
    /** To take away what it has begun to stage a run opens folders: that stays for the next one. */
    const state = () => Object.entries(snapshot(here.codexHome)).filter(([name]) => !name.startsWith('sync-journal'));
    const before = state();
    const told: unknown[] = [];
    for (let free = 0; free < 20; free++) {
      const { code, document } = withFew(here, free, words);
      if (code === 0) break;
      told.push([code, document.code, document.hint?.includes('ulimit -n')]);
      expect(state()).toEqual(before);
    }
    expect(told.length).toBeGreaterThan(3);
    expect(told).toEqual(told.map(() => [5, 'too_many_files', true]));
    expect(state()).not.toEqual(before);
    expect(fs.readdirSync(journal)).toHaveLength(1);
  });
});

const MODULE = path.dirname(createRequire(import.meta.url).resolve('better-sqlite3/package.json'));
const NATIVE = path.join(MODULE, 'prebuilds', `${process.platform}-${process.arch}.node`);

describe.skipIf(!canTrace())('where the native module of SQLite is kept back by the system,', () => {
  test.each([
    ['EMFILE', 'too_many_files'],
    ['EIO', 'io_error'],
    ['ENOMEM', 'no_memory'],
    ['EACCES', 'not_permitted'],
  ])('%s is %s, and no database is blamed', (errno, told) => {
    const here = make();
    const folder = writePackage(here, [{ conversation: talk }]);
    const fault = ['-f', '-o', '/dev/null', '-P', NATIVE, '-e', `inject=open,openat:error=${errno}`];
    for (const words of [['doctor'], ['verify'], ['sync', folder, '--execute']]) {
      const command = [...words, '--codex-home', here.codexHome, '--user-home', here.userHome, '--json'];
      const { status, stdout } = spawnSync('strace', [...fault, process.execPath, LAUNCHER, ...command], { encoding: 'utf8' });
      expect([words[0], status, JSON.parse(stdout)]).toEqual([
        words[0],
        5,
        expect.objectContaining({ code: told, where: NATIVE, message: expect.stringContaining('better-sqlite3 does not load') }),
      ]);
    }
  });
});
