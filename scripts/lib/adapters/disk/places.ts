// What is at a place, and whether something can be made there.

import fs from 'node:fs';
import { openToWrite } from './open_files.ts';

/** What cannot be looked at (rights, a failing disk) is not absent: that throws, where `existsSync` would say no. */
export const exists = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false }) !== undefined;

/** Whether a folder has that entry; a link that leads nowhere is one too. */
export function isThere(place: string): boolean {
  try {
    return fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (ABSENT.has((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

/** What is below a file, in a name that no file system has, or behind links that go round. */
const ABSENT = new Set(['ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE']);

/** Also behind a link. */
export const isFolder = (place: string): boolean => fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;

/** Empty where there is no such folder, or none that may be read. */
export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

/** In the disk's own spelling, where the system tells it. Null where there is no such place. */
export function withoutLinks(place: string): string | null {
  try {
    return fs.realpathSync.native(place);
  } catch (error) {
    // Windows does not tell of some disks (a RAM disk, a container's volume); Node's own walk does.
    return process.platform === 'win32' && (error as NodeJS.ErrnoException).code !== 'ENOENT' ? walked(place) : null;
  }
}

function walked(place: string): string | null {
  try {
    return fs.realpathSync(place);
  } catch {
    return null;
  }
}

/** Whether this user may make something in a folder; a sandbox or a read-only disk may say no as well. */
export function isWritable(folder: string): boolean {
  try {
    fs.accessSync(folder, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why this user may not write a file that exists, or make or remove anything in a folder; null where nothing speaks against it. */
export function whyNotWritable(place: string): string | null {
  try {
    if (fs.statSync(place).isDirectory()) fs.accessSync(place, fs.constants.W_OK | fs.constants.X_OK);
    else fs.closeSync(openToWrite(place, 'r+'));
    return null;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (NOT_PERMITTED.has(code)) return code;
    if (code === 'ENOENT') return null;
    throw error;
  }
}

const NOT_PERMITTED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** Why no folder can be made in this place; null where nothing speaks against it. */
export function whyNotMakeable(folder: string): string | null {
  try {
    if (!fs.statSync(folder).isDirectory()) return 'it is not a folder';
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return null;
  } catch (error) {
    return `the system denies it (${(error as NodeJS.ErrnoException).code})`;
  }
}

/** What this user may still write where the folder lies; null where the system does not say. */
export function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize, blocks } = fs.statfsSync(folder);
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    return null;
  }
}

/** A number of the file system that the folder lies on; null where there is no such folder. */
export const deviceOf = (folder: string): number | null => fs.statSync(folder, { throwIfNoEntry: false })?.dev ?? null;
