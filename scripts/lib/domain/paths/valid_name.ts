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

export const isWindowsName = (name: string): boolean => isPosixName(name) && problemOnWindows(name) === null;

/** Windows opens a device by such a name in any folder, whatever follows a dot. */
export const isDeviceName = (name: string): boolean =>
  /^(con|nul|prn|aux|conin\$|conout\$|(com|lpt)[\d\u00b9\u00b2\u00b3]) *(\.|$)/i.test(name);

/** Why Windows has no file of that name, in words; null where it may have one. */
function problemOnWindows(name: string): string | null {
  if (isDeviceName(name)) return 'is the name of a device';
  if (/[ .]$/.test(name)) return 'ends in a dot or a blank, which Windows drops';
  if (name.includes(':')) return 'has a colon, which names a stream of a file';
  if (name.includes('"'))
    return 'has a quotation mark: in quotes, a backslash at the end of a folder takes the closing one for part of its name';
  return /[<>|?*\u0001-\u001f]/.test(name) ? 'has a character that Windows does not allow' : null;
}

/** Why a path that the user names leads nowhere, or elsewhere than it seems to, on Windows; null where nothing speaks against it. */
export function problemWithWindowsPath(path: string): string | null {
  if (/^[A-Za-z]:(?![\\/]|$)/.test(path)) return `\`${path}\` is relative to a folder of drive ${path[0]}: write the whole path.`;
  const names = parsePath(path)?.components ?? path.split(/[\\/]+/);
  const said = names.filter((name) => name !== '.' && name !== '..').map((name) => [name, problemOnWindows(name)] as const);
  const [name, problem] = said.find(([, problem]) => problem !== null) ?? [];
  return problem ? `\`${name}\` ${problem}.` : null;
}

/** No Windows program can be started in a folder with a longer path, in characters: MAX_PATH with the last backslash and the NUL. */
const LONGEST_TO_WORK_IN = 258;

export const isTooLongToWorkIn = (folder: string): boolean =>
  parsePath(folder)?.style === 'windows' && folder.length > LONGEST_TO_WORK_IN;
