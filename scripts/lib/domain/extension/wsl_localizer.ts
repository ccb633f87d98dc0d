import { joinComponents, parsePath } from '../ids/foreign_path.ts';
import { CONTRACT, type Localizer } from './extension.ts';

/** `C:\x` is `/mnt/c/x` in WSL, and the other way round on Windows. A share has no place below /mnt. */
export const wslLocalizer: Localizer = {
  kind: 'localizer',
  name: 'wsl',
  version: '1.0.0',
  contract: CONTRACT,
  localize: (path, { userHome }) => (isWindows(userHome) ? toWindows(path) : toMount(path)),
  invert: (path, { userHome }) => (isWindows(userHome) ? toMount(path) : toWindows(path)),
};

const isWindows = (path: string): boolean => parsePath(path)?.style === 'windows';

function toMount(path: string): string | null {
  const parsed = parsePath(path);
  if (parsed?.style !== 'windows' || !/^[A-Za-z]:$/.test(parsed.root)) return null;
  return joinComponents(`/mnt/${parsed.root.slice(0, 1).toLowerCase()}`, parsed.components);
}

function toWindows(path: string): string | null {
  const parsed = parsePath(path);
  const [mnt, drive, ...below] = parsed?.style === 'posix' ? parsed.components : [];
  if (mnt !== 'mnt' || !drive || !/^[a-z]$/.test(drive)) return null;
  return below.length === 0 ? `${drive.toUpperCase()}:\\` : joinComponents(`${drive.toUpperCase()}:`, below);
}
