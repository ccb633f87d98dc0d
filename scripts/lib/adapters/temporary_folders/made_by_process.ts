// Folders that a process makes for itself: named after it, so that a later run knows those whose process is gone.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { systemCode } from '../../domain/codes/system_code.ts';
import { namesIn } from '../paths/entries.ts';

/** A pid says something on its own machine only; containers may share a folder. */
const markOf = (what: string): string => `${what}.${os.hostname().replace(/[^A-Za-z0-9-]/g, '_')}.`;

/** New, empty, and for this user alone. */
export const makeOwnFolder = (place: string, what: string): string =>
  fs.mkdtempSync(path.join(place, `${markOf(what)}${process.pid}.`));

/** Those of processes that ended without removing them. Anybody may put anything into such a place, a link of that name too. */
export function leftFolders(place: string, what: string): string[] {
  const mark = markOf(what);
  return namesIn(place)
    .filter((name) => name.startsWith(mark) && isLeft(name.slice(mark.length)))
    .map((name) => path.join(place, name))
    .filter(isOwn);
}

/** What `mkdtemp` puts behind the pid. */
function isLeft(rest: string): boolean {
  const pid = /^(\d+)\.[A-Za-z0-9]{6}$/.exec(rest)?.[1];
  return pid !== undefined && !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}

function isOwn(folder: string): boolean {
  const stat = fs.lstatSync(folder, { throwIfNoEntry: false });
  return stat?.isDirectory() === true && (process.getuid === undefined || stat.uid === process.getuid());
}
