import fs from 'node:fs';
import path from 'node:path';
import { removeAt } from '../disk/removal.ts';
import { exists } from '../paths/entries.ts';
import type { Place } from './place.ts';

/** A folder that a cloud client, Syncthing, a share or a person carries. */
export function folderPlace(folder: string): Place {
  const placeOf = (name: string): string => path.join(folder, ...name.split('/'));
  return {
    name: folder,
    folder,
    isLocal: true,
    refresh: async () => {},
    fetch: async () => {},
    publish: async () => {},
    list: async (name) => filesBelow(placeOf(name)).map((below) => `${name}/${below}`),
    remove: async (name) => removeAt(placeOf(name)),
  };
}

/** By relative names with forward slashes. */
export const filesBelow = (folder: string): string[] =>
  exists(folder)
    ? fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)).replaceAll(path.sep, '/'))
        .sort()
    : [];
