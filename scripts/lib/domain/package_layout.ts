// Which files of a package are ever read. Everything else in it, its skills above all, is left where it is.

import { IMAGES } from './generated_image.ts';

export const MANIFEST = 'package_manifest.json';

/** Folders that are read, by the depth of the files in them that are: `sessions/x` is, `sessions/x/y` is not. */
const READ_FOLDERS: [folder: string[], depth: number][] = [
  [['metadata'], 2],
  [['sessions'], 2],
  [['skeleton'], 2],
  [['files', IMAGES], 4],
];

/** The same name for what a file system without case, or one that composes letters, takes for one file. */
export const foldName = (name: string): string => name.normalize('NFC').toLowerCase();

/** Case does not matter: what one file system reads, another one must not read differently. */
export const isReadFile = (components: string[]): boolean =>
  (components.length === 1 && foldName(components[0] as string) === MANIFEST) ||
  READ_FOLDERS.some(([folder, depth]) => components.length === depth && agrees(components, folder));

/** A folder on the way to a file that is read; the package itself is one. */
export const isReadFolder = (components: string[]): boolean =>
  components.length === 0 || READ_FOLDERS.some(([folder, depth]) => components.length < depth && agrees(components, folder));

const agrees = (components: string[], folder: string[]): boolean =>
  folder.slice(0, components.length).every((name, at) => foldName(components[at] as string) === name);

/** What macOS and Windows put beside files by themselves. */
export const isJunk = (components: string[]): boolean =>
  components.some((name) => name.startsWith('._') || JUNK.has(foldName(name)));

const JUNK = new Set(['__macosx', '.ds_store', 'icon\r', 'thumbs.db', 'desktop.ini']);
