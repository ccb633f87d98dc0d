import { parsePath } from './foreign_path.ts';

/** What the common file systems of all platforms allow. */
const MAX_NAME_BYTES = 255;
/** PATH_MAX of Linux is 4096, of macOS 1024; Windows takes less unless asked. */
const MAX_PATH_BYTES = 1000;

/**
 * False of a path that leads elsewhere than it seems to (`..`), or that no file system makes. A folder that cannot be made would stop a
 * transaction in its middle, and its recovery again.
 */
export function isMakeable(folder: string): boolean {
  const path = parsePath(folder);
  if (!path || folder.includes('\0') || Buffer.byteLength(folder) > MAX_PATH_BYTES) return false;
  const isName = path.style === 'windows' ? isWindowsName : isPosixName;
  return path.components.every(isName);
}

const isPosixName = (name: string): boolean => name !== '.' && name !== '..' && Buffer.byteLength(name) <= MAX_NAME_BYTES;

/** Device names, and what Windows drops from the end of a name or refuses in it. */
export const isWindowsName = (name: string): boolean =>
  isPosixName(name) && !isDeviceName(name) && !/[ .]$|[<>:"|?*\u0001-\u001f]/.test(name);

export const isDeviceName = (name: string): boolean => /^(con|nul|prn|aux|com\d|lpt\d)(\.|$)/i.test(name);

/** The same name for what a file system without case, or one that composes letters, takes for one file. */
export const foldName = (name: string): string => name.normalize('NFC').toLowerCase();
