// What lies where a file or a folder of the home belongs, and is another kind of thing: a pipe that a reader waits for, a folder, a file.

import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../domain/codes/system_code.ts';
import { isThere, namesIn } from '../paths/entries.ts';
import { indexFile } from './session_index.ts';

export type Obstacle = { place: string; message: string };

const FOLDERS = ['sessions', 'archived_sessions', 'sync-sidecar', 'sync-journal'];

/** Where every command looks or writes. */
export const obstaclesIn = (home: string): Obstacle[] => [
  ...FOLDERS.flatMap((name) => notAFolder(path.join(home, name))),
  ...[indexFile(home), path.join(home, 'sync-sidecar', 'sidecar.sqlite')].flatMap(notAFile),
];

/** Years, months and days in the folder of sessions that are no folders: only sessions of that time are kept out. */
export const obstaclesAmongDays = (home: string): Obstacle[] =>
  daysBelow(path.join(home, 'sessions'), [/^\d{4}$/, /^\d\d$/, /^\d\d$/]);

function daysBelow(folder: string, [pattern, ...deeper]: RegExp[]): Obstacle[] {
  if (!pattern) return [];
  return namesIn(folder)
    .filter((name) => pattern.test(name))
    .map((name) => path.join(folder, name))
    .flatMap((place) => [...notAFolder(place), ...daysBelow(place, deeper)]);
}

/** What keeps a new file from its place: the place itself, or the first thing above it that is no folder. Null where nothing does. */
export function obstacleTo(file: string): string | null {
  if (isThere(file)) return file;
  for (let at = path.dirname(file); path.dirname(at) !== at; at = path.dirname(at))
    if (isThere(at)) return kindOf(at) === 'folder' ? null : at;
  return null;
}

const notAFolder = (place: string): Obstacle[] => unlessKind(place, 'folder');

const notAFile = (place: string): Obstacle[] => unlessKind(place, 'file');

function unlessKind(place: string, wanted: 'file' | 'folder'): Obstacle[] {
  const kind = kindOf(place);
  return kind === null || kind === wanted
    ? []
    : [{ place, message: `\`${path.basename(place)}\` is ${NAMES[kind]}, not a ${wanted}.` }];
}

type Kind = 'file' | 'folder' | 'link' | 'other';

const NAMES = {
  file: 'a file',
  folder: 'a folder',
  link: 'a link to where nothing can be made',
  other: 'a pipe, a socket or a device',
};

/** Null where nothing is, or where the system does not say. */
function kindOf(place: string): Kind | null {
  try {
    const stat = fs.statSync(place, { throwIfNoEntry: false });
    if (stat) return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other';
    if (!isThere(place)) return null;
    const target = path.resolve(path.dirname(place), fs.readlinkSync(place));
    return fs.existsSync(path.dirname(target)) ? null : 'link';
  } catch (error) {
    return systemCode(error) === 'ELOOP' ? 'link' : null;
  }
}
