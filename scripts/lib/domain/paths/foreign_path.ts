// Paths of another machine. A foreign path is text: it is never opened, only compared by whole components and mapped.

/** An absolute path on this machine. */
export type LocalPath = string & { readonly brand: 'LocalPath' };

type Style = 'windows' | 'posix';

/** `root` is `C:`, `\\server\share` or the empty string of POSIX. */
export type ParsedPath = { style: Style; root: string; components: string[] };

/** Null for what is no absolute path. */
export function parsePath(path: string): ParsedPath | null {
  const plain = withoutVerbatimPrefix(path);
  if (/^[A-Za-z]:([\\/]|$)/.test(plain))
    return { style: 'windows', root: plain.slice(0, 2), components: split(plain.slice(2), /[\\/]+/) };
  const unc = /^\\\\([^\\/]+)[\\/]([^\\/]+)/.exec(plain);
  if (unc) return { style: 'windows', root: `\\\\${unc[1]}\\${unc[2]}`, components: split(plain.slice(unc[0].length), /[\\/]+/) };
  if (plain.startsWith('/')) return { style: 'posix', root: '', components: split(plain, /\/+/) };
  return null;
}

const split = (text: string, separator: RegExp): string[] => text.split(separator).filter((component) => component !== '');

/** `\\?\C:\x` is `C:\x`, `\\?\UNC\server\share` is `\\server\share`; a volume that has no letter keeps its prefix. */
export function withoutVerbatimPrefix(path: string): string {
  if (!path.startsWith('\\')) return path;
  const unc = /^\\\\[?.]\\UNC\\/i.exec(path);
  if (unc) return `\\\\${path.slice(unc[0].length)}`;
  return /^\\\\[?.]\\[A-Za-z]:(\\|\/|$)/.test(path) ? path.slice(4) : path;
}

/** The distribution that a share of WSL shows; null for any other root. */
export const distributionIn = (root: string): string | null => /^\\\\wsl(?:\$|\.localhost)\\(.+)$/i.exec(root)?.[1] ?? null;

/** WSL's share has two names. */
export const shareOf = (root: string): string => root.replace(/^\\\\wsl\$\\/i, '\\\\wsl.localhost\\');

/** Windows compares names without case, macOS whether or not a letter and its accent are one character. */
function foldFor(style: Style, composes: boolean): (text: string) => string {
  if (style === 'windows') return (text) => text.toLowerCase();
  return composes ? (text) => text.normalize('NFC') : (text) => text;
}

/**
 * The components of `path` below `ancestor`; null where `ancestor` is not above it (or is another kind of path). `composes`: it may be a path
 * of macOS, and nothing depends on whether it is one.
 */
export function componentsBelow(path: ParsedPath, ancestor: ParsedPath, { composes = false } = {}): string[] | null {
  const fold = foldFor(path.style, composes);
  const isBelow =
    path.style === ancestor.style &&
    fold(shareOf(path.root)) === fold(shareOf(ancestor.root)) &&
    ancestor.components.length <= path.components.length &&
    ancestor.components.every((component, index) => fold(component) === fold(path.components[index] as string));
  return isBelow ? path.components.slice(ancestor.components.length) : null;
}

/** Whether two paths of another machine name the same there. What is no absolute path is compared as text. */
export function isSamePath(one: string, other: string): boolean {
  if (one === other) return true;
  const [left, right] = [parsePath(one), parsePath(other)];
  return left !== null && right !== null && componentsBelow(left, right, { composes: true })?.length === 0;
}

/** The base joined with components; a Windows path has its own separators throughout. */
export function joinComponents(base: string, components: string[]): string {
  if (components.length === 0) return base;
  const isWindows = parsePath(base)?.style === 'windows';
  const separator = isWindows ? '\\' : '/';
  const above = isWindows ? base.replaceAll('/', '\\') : base;
  return above.replace(/[\\/]+$/, '') + separator + components.join(separator);
}

/**
 * The path as a Codex of this system can read it, where `here` is such a path: without `.`, `..` and doubled separators, which Codex
 * follows as text. What is no absolute path of this system becomes one that nobody has.
 */
export function readableHere(path: string, here: string): string {
  const [parsed, local] = [parsePath(path), parsePath(here)];
  const root = local?.style === 'windows' ? `${local.root}\\` : '/';
  if (!parsed || parsed.style !== local?.style) return `${root}no-folder-here_${path.replaceAll(/[\\/:]+/g, '_')}`;
  const components = parsed.components.reduce<string[]>(followed, []);
  return joinComponents(parsed.style === 'windows' ? `${parsed.root}\\` : '/', components);
}

const followed = (so_far: string[], component: string): string[] =>
  component === '..' ? so_far.slice(0, -1) : component === '.' ? so_far : [...so_far, component];

/** Plain path of a `file:///…` URI, also of one that lacks the slash before a drive; null for what is none, or names another host's file in a way we do not know. */
export function pathFromFileUri(uri: string): string | null {
  const bare = /^file:\/\/([A-Za-z]:[\\/].*)$/.exec(uri)?.[1];
  if (bare) return decodeUri(bare)?.replaceAll('/', '\\') ?? null;
  const match = /^file:\/\/([^/]*)(\/.*)$/.exec(uri);
  if (!match) return null;
  const path = decodeUri(match[2] as string);
  if (path === null) return null;
  if (match[1]) return `\\\\${match[1]}${path.replaceAll('/', '\\')}`;
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1).replaceAll('/', '\\') : path;
}

export function fileUriFromPath(path: string): string {
  // As Rust's url crate does it, with which Codex writes: `@`, `+` and the like stay.
  const plain = withoutVerbatimPrefix(path);
  const encoded = encodeURI(parsePath(plain)?.style === 'windows' ? plain.replaceAll('\\', '/') : plain)
    .replace(/[?#]/g, encodeURIComponent)
    .replace(/^([A-Za-z]:)/, '/$1');
  return encoded.startsWith('//') ? `file:${encoded}` : `file://${encoded}`;
}

function decodeUri(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
