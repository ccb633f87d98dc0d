// Folders in which somebody may be changing things at this moment: packages. A file of one is opened without following a link, and what was
// opened is looked at, not what has its name a moment before or after.

import fs from 'node:fs';
import path from 'node:path';
import { SyncError } from '../../domain/codes/errors.ts';
import { systemCode } from '../../domain/codes/system_code.ts';
import { isPackageEntry } from '../../domain/package/package_layout.ts';
import { foldName } from '../../domain/paths/folded_name.ts';
import { isBelow } from '../../domain/paths/local_path.ts';
import { withoutLinks } from '../paths/links.ts';
import { LOCAL_NAMES } from '../paths/local_paths.ts';
import { requireHere } from './cloud_files.ts';
import { checkedHandle, withHandle } from './handles.ts';

/** As named, and as the system spells it. Nobody who reads in one of them later has to think of it. */
const folders = new Map<string, string>();

/** From now on, what lies in this package is only opened where it seems to lie. */
export function distrust(folder: string): void {
  folders.set(folder, withoutLinks(folder) ?? folder);
}

/** A descriptor of a regular file. Throws `unsafe_package` where a file of a package is anything but a regular file in that package. */
export function openToRead(file: string): number {
  const real = realPlaceOf(file);
  return checkedHandle(real === null ? openLocal(file) : openChecked(file, real), (handle) => requireHere(file, handle));
}

export const readLocalText = (file: string): string => withHandle(openLocal(file), (handle) => fs.readFileSync(handle, 'utf8'));

/** Through links, as Codex does. A pipe is not waited for. */
const openLocal = (file: string): number =>
  checkedHandle(fs.openSync(file, O_RDONLY | O_NONBLOCK), (handle) => {
    if (!fs.fstatSync(handle).isFile()) throw new SyncError('home_obstructed', 'It is not a regular file.', { where: file });
  });

/** Undefined where there is nothing. */
export function statToRead(file: string): fs.Stats | undefined {
  if (realPlaceOf(file) === null) return fs.statSync(file, { throwIfNoEntry: false });
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat) requireRegular(file, stat);
  return stat;
}

/** Null for what lies in no package. */
function realPlaceOf(file: string): string | null {
  for (const [named, real] of folders) {
    if (!isBelow(file, named, LOCAL_NAMES)) continue;
    const below = path.relative(named, file);
    if (isPackageEntry(below.split(path.sep)[0] as string)) return path.join(real, below);
  }
  return null;
}

/** Without waiting for somebody to write into a pipe. Windows has neither of the two flags, and nobody else makes links there. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;

function openChecked(file: string, real: string): number {
  const opening = orUnsafe(file, () => {
    // A device is not even opened.
    requireRegular(file, fs.lstatSync(file));
    return fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  });
  return checkedHandle(opening, (handle) => {
    const opened = fs.fstatSync(handle);
    requireRegular(file, opened);
    if (!isIn(handle, opened, real)) throw unsafe(file, 'was replaced while it was being opened');
  });
}

/** Linux says where an open file lies. Elsewhere its name must lead to it, with no link on the way, twice. */
function isIn(handle: number, opened: fs.Stats, real: string): boolean {
  const lies = placeOf(handle);
  if (lies !== null) return foldName(lies) === foldName(real);
  return [1, 2].every(() => leadsTo(real, opened));
}

function placeOf(handle: number): string | null {
  try {
    return process.platform === 'linux' ? fs.readlinkSync(`/proc/self/fd/${handle}`) : null;
  } catch {
    return null;
  }
}

function leadsTo(real: string, { dev, ino }: fs.Stats): boolean {
  try {
    const now = fs.lstatSync(real);
    return now.dev === dev && now.ino === ino && isItself(real);
  } catch {
    return false;
  }
}

const isItself = (real: string): boolean => {
  const lies = withoutLinks(real);
  return lies !== null && foldName(lies) === foldName(real);
};

function requireRegular(file: string, stat: fs.Stats): void {
  if (stat.isFile()) return;
  throw unsafe(file, stat.isSymbolicLink() ? 'is a symbolic link' : 'is not a regular file');
}

/** ELOOP: a link. ENXIO: a socket, or a device that is not there. */
function orUnsafe(file: string, open: () => number): number {
  try {
    return open();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ELOOP' || code === 'EMLINK') throw unsafe(file, 'is a symbolic link');
    if (code === 'ENOENT' || code === 'ENOTDIR') throw unsafe(file, 'disappeared while the package was being read');
    if (code === 'ENXIO') throw unsafe(file, 'is not a regular file');
    throw error;
  }
}

const unsafe = (where: string, what: string): SyncError =>
  new SyncError('unsafe_package', `A file of the package ${what}.`, {
    where,
    hint: 'copy the package to a folder that only you can write to, and inspect it there',
  });
