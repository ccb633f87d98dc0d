// Paths of this machine, compared as its disk takes them: Codex spells a home with and without links, and on Windows rows with and without
// `\\?\` and in the disk's own capitals (0.117 to 0.171). Names decide where they can; each folder is asked about once.

import fs from 'node:fs';
import path from 'node:path';
import { withoutVerbatimPrefix } from '../../domain/paths/foreign_path.ts';
import { asPlatform, isAbsoluteOn, isBelow, mayBeSame, RULES_OF, samePath } from '../../domain/paths/local_path.ts';
import { isThere } from './entries.ts';
import { withoutLinks } from './links.ts';

/** How this system takes names, as far as it can be told without its disk. */
export const LOCAL_NAMES = RULES_OF[asPlatform(process.platform)];

/** What the disk has said: where a folder really is, and whether two names are one folder. */
const realFolders = new Map<string, string | null>();
const sameFolders = new Map<string, boolean>();

/** Every command begins by it: folders may have been moved since. */
export function forgetFolders(): void {
  realFolders.clear();
  sameFolders.clear();
}

/** Whether two paths name one entry of one folder; a link is not what it leads to. */
export function isSamePlace(one: string, other: string): boolean {
  if (samePath(one, other, LOCAL_NAMES)) return true;
  const [name, otherName] = [path.basename(one), path.basename(other)];
  if (!mayBeSame(name, otherName, LOCAL_NAMES.platform) || !isSameFolder(path.dirname(one), path.dirname(other))) return false;
  return samePath(name, otherName, LOCAL_NAMES) || isSameEntry(one, other);
}

export function isSameFolder(one: string, other: string): boolean {
  if (samePath(one, other, LOCAL_NAMES)) return true;
  const pair = `${one}\0${other}`;
  const known = sameFolders.get(pair);
  if (known !== undefined) return known;
  const [real, otherReal] = [realFolder(one), realFolder(other)];
  const isSame = real !== null && otherReal !== null && areOne(real, otherReal);
  sameFolders.set(pair, isSame);
  return isSame;
}

/** The way from a folder to a place below it, whatever leads to the two; null where the place is not below it, or relative. */
export function wayBelow(folder: string, place: string): string | null {
  const [above, named] = [plain(folder), plain(place)];
  if (isBelow(named, above, LOCAL_NAMES)) return path.relative(above, named);
  if (!isAbsoluteOn(LOCAL_NAMES.platform, named)) return null;
  const [top, parent] = [realFolder(above), realFolder(path.dirname(named))];
  if (top === null || parent === null) return null;
  const real = path.join(parent, path.basename(named));
  if (isBelow(real, top, LOCAL_NAMES)) return path.relative(top, real);
  const ancestor = real.split(path.sep).slice(0, top.split(path.sep).length).join(path.sep);
  return ancestor !== real && mayBeSame(ancestor, top, LOCAL_NAMES.platform) && isSameFolder(ancestor, top)
    ? path.relative(ancestor, real)
    : null;
}

export const isBelowFolder = (folder: string, place: string): boolean => wayBelow(folder, place) !== null;

/**
 * The absolute path that the user means, in the disk's own spelling: rows and journals then name one home in one way. A path through a link
 * stays as it was named.
 */
export function localSpelling(named: string): string {
  const absolute = path.resolve(plain(named));
  const real = LOCAL_NAMES.platform === 'linux' ? null : withoutLinks(absolute);
  return real !== null && mayBeSame(real, absolute, LOCAL_NAMES.platform) ? plain(real) : absolute;
}

/** Without the prefix that only Windows knows. */
export const plain = (named: string): string => (LOCAL_NAMES.platform === 'win32' ? withoutVerbatimPrefix(named) : named);

/** Where a place would lie if it were made: links on the way to it are followed. Null where one of them leads nowhere. */
export function throughLinks(place: string): string | null {
  const absolute = path.resolve(plain(place));
  for (let at = absolute; ; at = path.dirname(at)) {
    if (!isThere(at) && path.dirname(at) !== at) continue;
    const real = withoutLinks(at);
    return real && path.join(real, path.relative(at, absolute));
  }
}

function realFolder(folder: string): string | null {
  const known = realFolders.get(folder);
  if (known !== undefined) return known;
  const real = withoutLinks(folder);
  realFolders.set(folder, real);
  return real;
}

const areOne = (real: string, other: string): boolean =>
  samePath(real, other, LOCAL_NAMES) || (mayBeSame(real, other, LOCAL_NAMES.platform) && isSameEntry(real, other));

/** A disk may fold capitals or accents without telling: then both names have one number. A file system without numbers says 0. */
function isSameEntry(one: string, other: string): boolean {
  const [left, right] = [one, other].map((place) => fs.lstatSync(place, { bigint: true, throwIfNoEntry: false }));
  return left !== undefined && left.ino !== 0n && left.ino === right?.ino && left.dev === right.dev;
}
