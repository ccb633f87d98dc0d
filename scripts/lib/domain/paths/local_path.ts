// When two paths of this machine are the same by name. What only the disk knows (links, whether a folder folds case) is asked in
// adapters/paths/local_paths.ts.

import { foldName } from './folded_name.ts';
import { type ParsedPath, parsePath, shareOf } from './foreign_path.ts';

export type Platform = 'win32' | 'darwin' | 'linux';

/** `foldsCase`: capitals make no difference. `composes`: nor does it whether a letter and its accent are one character or two. */
export type NameRules = { platform: Platform; foldsCase: boolean; composes: boolean };

/** As the system's own disk has them. macOS folds case unless its disk was formatted otherwise; only the disk tells. */
export const RULES_OF: Record<Platform, NameRules> = {
  win32: { platform: 'win32', foldsCase: true, composes: false },
  darwin: { platform: 'darwin', foldsCase: false, composes: true },
  linux: { platform: 'linux', foldsCase: false, composes: false },
};

/** Any other Unix is like Linux. */
export const asPlatform = (name: string): Platform => (name === 'win32' || name === 'darwin' ? name : 'linux');

/** Whether a path is absolute on this platform: of its style, and with a drive or a share on Windows. */
export const isAbsoluteOn = (platform: Platform, path: string): boolean =>
  parsePath(path)?.style === (platform === 'win32' ? 'windows' : 'posix');

/** Names that are equal where they name the same. What is no absolute path is compared as text. */
export function namesOf(path: string, rules: NameRules): string[] {
  const parsed = parsePath(path);
  const isOurs = parsed !== null && isAbsoluteOn(rules.platform, path);
  return (isOurs ? componentsOf(parsed) : [path]).map((name) => folded(name, rules));
}

const componentsOf = (path: ParsedPath): string[] =>
  path.style === 'posix' ? path.components : [shareOf(path.root), ...resolved(path.components)];

/** Windows takes `.` and `..` out of a path before it looks at the disk; elsewhere a link may stand before the `..`. */
function resolved(components: string[]): string[] {
  const names: string[] = [];
  for (const name of components) {
    if (name === '..') names.pop();
    else if (name !== '.') names.push(name);
  }
  return names;
}

const ASCII = /^[\0-\x7f]*$/;

function folded(name: string, { foldsCase, composes }: NameRules): string {
  const composed = composes && !ASCII.test(name) ? name.normalize('NFC') : name;
  return foldsCase ? composed.toLowerCase() : composed;
}

export function samePath(one: string, other: string, rules: NameRules): boolean {
  if (one === other) return true;
  const [left, right] = [namesOf(one, rules), namesOf(other, rules)];
  return left.length === right.length && left.every((name, at) => name === right[at]);
}

/** False of the folder itself. */
export const isBelow = (place: string, folder: string, rules: NameRules): boolean => {
  const [names, above] = [namesOf(place, rules), namesOf(folder, rules)];
  return above.length < names.length && above.every((name, at) => name === names[at]);
};

/** Whether some disk takes the two for one. */
export const mayBeSame = (one: string, other: string, platform: Platform): boolean =>
  samePath(foldName(one), foldName(other), RULES_OF[platform]);

/** How Codex for Windows spells what it has looked up on the disk: `\\?\C:\x`, `\\?\UNC\server\share\x`. */
export const verbatim = (path: string): string => (path.startsWith('\\\\') ? `\\\\?\\UNC\\${path.slice(2)}` : `\\\\?\\${path}`);
