// What the system said, where who asked it keeps that to himself: SQLite has one code for whatever keeps it from opening a file, and a loader of
// native code has a sentence.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A database opens its log, the index of that, a journal and a folder beside itself. */
const SPARE = 6;

/** What keeps this process from opening a file as often as SQLite would, now; null where nothing does. A file that is not there is no reason. */
export function openingError(file: string): Error | null {
  const opened: number[] = [];
  try {
    const place = fs.existsSync(file) ? file : os.devNull;
    while (opened.length < SPARE) opened.push(fs.openSync(place, 'r'));
    return null;
  } catch (error) {
    return error as Error;
  } finally {
    for (const descriptor of opened) fs.closeSync(descriptor);
  }
}

/** In the words of glibc, musl and libSystem. */
const SENTENCES: Record<string, string[]> = {
  EMFILE: ['Too many open files', 'No file descriptors available'],
  ENFILE: ['Too many open files in system'],
  ENOMEM: ['Cannot allocate memory', 'Out of memory', 'cannot allocate memory in static TLS block'],
  EIO: ['Input/output error', 'I/O error'],
  EACCES: ['Permission denied'],
};

/** Why a module was not loaded, as an error of the system; as it is where the system had nothing to do with it. */
export function loadingError(error: unknown, name: string, folders: readonly string[]): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_DLOPEN_FAILED') return spokenError(message, name) ?? error;
  if (code !== 'MODULE_NOT_FOUND') return error;
  // Node says "not found" also of what it could not look at.
  const manifest = folders.map((folder) => path.join(folder, name, 'package.json')).find((file) => fs.existsSync(file));
  return (manifest && openingError(manifest)) ?? error;
}

/** From `…/name.node: cannot open shared object file: Too many open files`; of libSystem there is only the number. */
function spokenError(message: string, name: string): Error | null {
  const [sentence = ''] = message.split('\n');
  const number = Number(/\berrno=(\d+)/.exec(sentence)?.[1]);
  const isSaid = ([code, ends]: [string, string[]]): boolean =>
    ends.some((end) => sentence.endsWith(end)) || number === os.constants.errno[code as keyof typeof os.constants.errno];
  const code = Object.entries(SENTENCES).find(isSaid)?.[0];
  const file = /^(\S.*?\.node):/.exec(sentence)?.[1];
  if (code !== undefined) return Object.assign(new Error(`${code}: ${sentence}`), { code, path: file ?? name });
  return file === undefined ? null : openingError(file);
}
