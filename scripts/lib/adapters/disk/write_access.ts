// Whether this user may write somewhere.

import fs from 'node:fs';
import { systemCode } from '../../domain/codes/system_code.ts';
import { openToWrite } from '../open_files/handles.ts';

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
    const code = systemCode(error);
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
    return `the system denies it (${systemCode(error)})`;
  }
}
