// Which files of a package are read. Everything else in it, skills that nobody asked for above all, is left where it is.

import { IMAGES } from '../attachments/generated_image.ts';
import { foldName } from '../paths/folded_name.ts';
import { SKILLS } from './skill.ts';

export const MANIFEST = 'package_manifest.json';

/** What a package that we write has at its top. */
export const isPackageEntry = (name: string): boolean =>
  ['metadata', 'sessions', SKILLS, 'skeleton', 'files', 'README.md', 'INSTALL_REMOTE.md', MANIFEST].includes(name);

/** Folders that are read, by the depth of the files in them that are: `sessions/x` is, `sessions/x/y` is not. */
const READ_FOLDERS: [folder: string[], depth: number][] = [
  [['metadata'], 2],
  [['sessions'], 2],
  [['skeleton'], 2],
  [['files', IMAGES], 4],
];

/** Case does not matter: what one file system reads, another one must not read differently. `skills`: those that were asked for. */
export const isReadFile = (components: string[], skills: readonly string[]): boolean =>
  (components.length === 1 && foldName(components[0] as string) === MANIFEST) ||
  READ_FOLDERS.some(([folder, depth]) => components.length === depth && agrees(components, folder)) ||
  (components.length > 2 && skills.some((name) => agrees(components, [SKILLS, name])));

/** A folder on the way to a file that is read; the package itself is one. */
export const isReadFolder = (components: string[], skills: readonly string[]): boolean =>
  components.length === 0 ||
  READ_FOLDERS.some(([folder, depth]) => components.length < depth && agrees(components, folder)) ||
  (components.length < 3 && skills.some((name) => agrees(components, [SKILLS, name])));

const agrees = (components: string[], folder: string[]): boolean =>
  folder.slice(0, components.length).every((name, at) => foldName(components[at] as string) === foldName(name));

/** The skill that an entry belongs to; null where it belongs to none. */
export const skillOf = ([folder, name, ...rest]: string[], isFolder: boolean): string | null =>
  folder === SKILLS && name !== undefined && (isFolder || rest.length > 0) ? name : null;

/** What macOS and Windows put beside files by themselves. */
export const isJunk = (components: string[]): boolean =>
  components.some((name) => name.startsWith('._') || JUNK.has(foldName(name)));

const JUNK = new Set(['__macosx', '.ds_store', 'icon\r', 'thumbs.db', 'desktop.ini']);
