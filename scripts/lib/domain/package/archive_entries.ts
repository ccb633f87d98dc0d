// Checks the table of contents of an archive before anything of it is unpacked (invariant 6). All that is wrong is found at once.

import { foldName } from '../paths/folded_name.ts';
import { isWindowsName } from '../paths/valid_name.ts';
import { isJunk, isReadFile, isReadFolder, MANIFEST, skillOf } from './package_layout.ts';

/** `kind`: `file`, `folder`, or in words what else it is. `unreadable`: why its content cannot be had. Size in bytes, time in milliseconds since 1970. */
export type ArchiveEntry = { name: string; kind: string; size: number; mtime: number; unreadable: string | null };

/** A file to unpack: the entry's place in the archive, and where it goes in the package. */
export type ChosenEntry = { at: number; entry: ArchiveEntry; components: string[] };

export type EntryFault = { name: string; what: string; isUnsafe: boolean };

/**
 * `tops`: the folders of the archive that are packages; an empty name where the archive itself is one. `bytes` are in the chosen files.
 * `skills`: names of all that it has.
 */
export type CheckedArchive = {
  tops: string[];
  chosen: ChosenEntry[];
  skills: string[];
  faults: EntryFault[];
  bytes: number;
  onDisk: number;
};

type Placed = { at: number; entry: ArchiveEntry; components: string[] };

/** `asked`: skills that are to be unpacked as well. */
export function checkEntries(entries: ArchiveEntry[], asked: readonly string[] = []): CheckedArchive {
  const outside = entries.flatMap((entry) => faultOf(entry, faultOfPath(entry.name)));
  const placed = entries.map((entry, at): Placed => ({ at, entry, components: componentsOf(entry.name) }));
  const tops = packagesIn(placed);
  const within = placed.flatMap((one) => below(one, tops[0] ?? ''));
  const chosen = within.filter(({ entry, components }) => entry.kind !== 'folder' && isReadFile(components, asked));
  return {
    tops,
    chosen,
    skills: [...new Set(within.flatMap(({ entry, components }) => skillOf(components, entry.kind === 'folder') ?? []))],
    faults: [...outside, ...within.flatMap((one) => faultOfFolder(one, asked)), ...faultsOfFiles(chosen, foldersOf(within))],
    bytes: sumOf(chosen, (size) => size),
    onDisk: sumOf(chosen, (size) => Math.ceil(size / BLOCK) * BLOCK),
  };
}

/** Both separators count everywhere: an archive that Windows made may have either. */
const componentsOf = (name: string): string[] =>
  name.split(/[\\/]+/).filter((component) => component !== '' && component !== '.');

/** Of most file systems. */
const BLOCK = 4096;
const sumOf = (chosen: ChosenEntry[], count: (size: number) => number): number =>
  chosen.reduce((sum, { entry }) => sum + count(entry.size), 0);

const faultOf = ({ name }: ArchiveEntry, what: string | null, isUnsafe = true): EntryFault[] =>
  what === null ? [] : [{ name, what, isUnsafe }];

function faultOfPath(name: string): string | null {
  if (name.includes('\0')) return 'has a NUL byte in its name';
  if (/^[\\/]/.test(name)) return 'is an absolute path';
  if (/^[A-Za-z]:/.test(name)) return 'names a drive';
  return componentsOf(name).includes('..') ? 'leads outside the archive' : null;
}

/** The folders that hold a manifest: the archive's root alone where it has one, else folders at its top. */
function packagesIn(placed: Placed[]): string[] {
  const folders = placed
    .filter(({ entry, components }) => entry.kind === 'file' && components.at(-1) === MANIFEST && components.length <= 2)
    .filter(({ components }) => !isJunk(components))
    .map(({ components }) => components.slice(0, -1).join('/'));
  return folders.includes('') ? [''] : [...new Set(folders)];
}

/** As the package sees it; nothing where it lies outside, or is what a system puts beside files. */
function below({ at, entry, components }: Placed, top: string): Placed[] {
  if (top !== '' && components[0] !== top) return [];
  const own = top === '' ? components : components.slice(1);
  return isJunk(own) ? [] : [{ at, entry, components: own }];
}

const faultOfFolder = ({ entry, components }: Placed, asked: readonly string[]): EntryFault[] =>
  entry.kind !== 'folder' && isReadFolder(components, asked)
    ? faultOf(entry, entry.kind === 'file' ? 'is a file where a folder should be' : `is ${entry.kind}`)
    : [];

/** Every folder that some entry is, or lies in. */
function foldersOf(within: Placed[]): Set<string> {
  const folders = new Set<string>();
  for (const { entry, components } of within) {
    const most = entry.kind === 'folder' ? components.length : components.length - 1;
    for (let depth = 1; depth <= most; depth++) folders.add(foldedPath(components.slice(0, depth)));
  }
  return folders;
}

const foldedPath = (components: string[]): string => foldName(components.join('/'));

function faultsOfFiles(chosen: ChosenEntry[], folders: ReadonlySet<string>): EntryFault[] {
  const names = new Map<string, string>();
  return chosen.flatMap(({ entry, components }) => {
    const folded = foldedPath(components);
    const first = names.get(folded);
    if (first === undefined) names.set(folded, entry.name);
    return [
      ...faultOf(entry, first === undefined ? null : twice(first, entry.name)),
      ...faultOf(entry, folders.has(folded) ? 'is a file and a folder' : null),
      ...faultOf(entry, entry.kind === 'file' ? null : `is ${entry.kind}`),
      ...faultOf(entry, components.every(isWindowsName) ? null : 'has a name that some system cannot create'),
      ...faultOf(entry, entry.kind === 'file' ? entry.unreadable : null, false),
    ];
  });
}

const twice = (first: string, name: string): string =>
  first === name ? 'appears twice' : `is the same file as \`${first}\` where case does not matter`;
