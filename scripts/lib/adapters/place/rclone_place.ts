// A remote of the real `rclone` program: S3, WebDAV, SFTP, Drive and some 70 more. Immutable files are copied to and from a private mirror; all
// else is as for a folder. Credentials are rclone's own affair.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { commitsFolder, KEYS, MACHINES, MARKER, machineFolder, packsFolder } from '../../domain/exchange/place_layout.ts';
import { makeFolder } from '../disk/folders.ts';
import { removeAt } from '../disk/removal.ts';
import { isThere } from '../paths/entries.ts';
import type { Place } from './place.ts';

/** Each call is bounded: rclone itself tries again so often, and waits so long for an answer. */
const BOUNDED = ['--retries', '3', '--low-level-retries', '3', '--contimeout', '15s', '--timeout', '60s'];

/** `remote`: `NAME:PATH`, as rclone is told it. */
export function rclonePlace(remote: string, mirror: string): Place {
  const there = (name: string): string => `${remote.replace(/\/$/, '')}${remote.endsWith(':') ? '' : '/'}${name}`;
  const here = (name: string): string => path.join(mirror, ...name.split('/'));
  const copy = (from: string, to: string, more: string[] = [], input = ''): Promise<string> =>
    rclone(['copy', from, to, '--immutable', ...more], remote, input);
  return {
    name: `rclone:${remote}`,
    folder: mirror,
    isLocal: false,
    async refresh() {
      makeFolder(mirror, 'private');
      const small = [`/${MARKER}`, `/${KEYS}/*`, `/${MACHINES}/*/machine.json-*`, `/${MACHINES}/*/commits/*`];
      // Which exchange it is, the remote has to say each time.
      removeAt(here(MARKER));
      const words = small.flatMap((name) => ['--include', name]);
      await rclone(['copy', remote, mirror, '--immutable', ...words], remote, '', NO_SUCH_FOLDER);
    },
    async fetch(names) {
      const missing = names.filter((name) => !isThere(here(name)));
      if (missing.length > 0) await copy(remote, mirror, LISTED, missing.join('\n'));
    },
    async publish(machine) {
      for (const folder of [KEYS, packsFolder(machine), commitsFolder(machine), machineFolder(machine)])
        if (isThere(here(folder))) await copy(here(folder), there(folder), ['--exclude', '.tmp-*']);
      await copy(mirror, remote, LISTED, MARKER);
      // They are there, and may be fetched again.
      removeAt(here(packsFolder(machine)));
    },
    async list(folder) {
      const listed = await rclone(['lsf', '-R', '--files-only', there(folder)], remote, '', NO_SUCH_FOLDER);
      return listed.split('\n').flatMap((name) => (name === '' ? [] : [`${folder}/${name}`]));
    },
    async remove(name) {
      await rclone(['deletefile', there(name)], remote, '', NO_SUCH_FOLDER);
      removeAt(here(name));
    },
  };
}

/** The names come by stdin; each is asked for by itself, without a listing of the whole remote. */
const LISTED = ['--files-from-raw', '-', '--no-traverse'];

/** rclone's exit codes for what is not there (rclone.org/docs/#exit-code). */
const NO_SUCH_FOLDER = [3, 4];

function rclone(words: string[], remote: string, input = '', fine: readonly number[] = []): Promise<string> {
  const child = spawn('rclone', [...words, ...BOUNDED], { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  const said = { out: '', problems: '' };
  child.stdout.on('data', (bytes) => {
    said.out += String(bytes);
  });
  child.stderr.on('data', (bytes) => {
    said.problems = (said.problems + String(bytes)).slice(-2000);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', (cause) =>
      reject(
        new SyncError('exchange_missing', 'The place is an rclone remote, and `rclone` cannot be started.', {
          where: `rclone:${remote}`,
          hint: 'install rclone (rclone.org) and set the remote up with `rclone config`',
          cause,
        }),
      ),
    );
    child.once('close', (code) => {
      if (code === 0 || fine.includes(code ?? -1)) return resolve(said.out);
      const last = said.problems.trim().split('\n').at(-1)?.slice(0, 300);
      reject(new SyncError('exchange_missing', `rclone cannot reach the place: ${last ?? code}`, { where: `rclone:${remote}` }));
    });
  });
}
