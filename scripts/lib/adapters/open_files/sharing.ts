// Files that another program has open, on Windows.

import fs from 'node:fs';
import { systemCode } from '../../domain/codes/system_code.ts';
import { pause } from '../run/interruption.ts';

/**
 * Windows refuses to open, rename or remove a file while another program has it open and does not share it: a virus scanner or an indexer for a
 * moment, an editor for as long as it likes.
 */
const REFUSALS = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Whether the system refuses what it may grant in a moment. */
export const isSharingRefusal = (error: unknown, platform: NodeJS.Platform = process.platform): boolean =>
  platform === 'win32' && REFUSALS.has(systemCode(error));

const MOST_TRIES = 6;

/** Tries again for some 600 ms in all, where the system is Windows and refuses for that reason. */
export function onceShared<Result>(work: () => Result, platform: NodeJS.Platform = process.platform): Result {
  for (let tries = 1; ; tries++) {
    try {
      return work();
    } catch (error) {
      if (!isSharingRefusal(error, platform) || tries >= MOST_TRIES) throw error;
      pause(10 * 2 ** tries);
    }
  }
}

/** libuv's flag for a file that is shared with nobody; Node lets it through and has no name for it. */
const UV_FS_O_EXLOCK = 0x10000000;

/** Whether any program has the file open, this one too. Asked on Windows alone: elsewhere the answer is no. */
export function isOpenAnywhere(file: string, platform: NodeJS.Platform = process.platform): boolean {
  if (platform !== 'win32') return false;
  try {
    fs.closeSync(fs.openSync(file, fs.constants.O_RDONLY | UV_FS_O_EXLOCK));
    return false;
  } catch (error) {
    return systemCode(error) === 'EBUSY';
  }
}
