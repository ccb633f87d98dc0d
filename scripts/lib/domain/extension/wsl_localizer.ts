import { distributionIn, joinComponents, parsePath } from '../paths/foreign_path.ts';
import { CONTRACT, type Localizer, type LocalizerContext } from './extension.ts';

/**
 * Across the border of WSL: `C:\x` is `/mnt/c/x` there, and what Windows sees as `\\wsl.localhost\DISTRO\home\al` (or `\\wsl$\…`) is
 * `/home/al`. Which distribution a path of Linux is in, only a home on such a share tells. Any other share has no place in WSL.
 */
export const wslLocalizer: Localizer = {
  kind: 'localizer',
  name: 'wsl',
  version: '1.1.0',
  contract: CONTRACT,
  localize: (path, context) => (isWindows(context.userHome) ? toWindows(path, context) : toLinux(path)),
  invert: (path, context) => (isWindows(context.userHome) ? toLinux(path) : toWindows(path, context)),
};

const isWindows = (path: string): boolean => parsePath(path)?.style === 'windows';

function toLinux(path: string): string | null {
  const parsed = parsePath(path);
  if (parsed?.style !== 'windows') return null;
  if (distributionIn(parsed.root) !== null) return joinComponents('/', parsed.components);
  if (!/^[A-Za-z]:$/.test(parsed.root)) return null;
  return joinComponents(`/mnt/${parsed.root.slice(0, 1).toLowerCase()}`, parsed.components);
}

function toWindows(path: string, { userHome, sourceHome }: LocalizerContext): string | null {
  const parsed = parsePath(path);
  if (parsed?.style !== 'posix') return null;
  const [mnt, drive, ...below] = parsed.components;
  if (mnt === 'mnt' && drive && /^[a-z]$/.test(drive))
    return below.length === 0 ? `${drive.toUpperCase()}:\\` : joinComponents(`${drive.toUpperCase()}:`, below);
  const share = [userHome, sourceHome].map(shareIn).find((root) => root !== null);
  return share ? joinComponents(share, parsed.components) : null;
}

function shareIn(home: string | null): string | null {
  const root = parsePath(home ?? '')?.root ?? '';
  return distributionIn(root) === null ? null : root;
}
