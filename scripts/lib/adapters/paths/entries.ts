// What a folder has at a place.

import fs from 'node:fs';
import path from 'node:path';
import { systemCode } from '../../domain/codes/system_code.ts';

/** What cannot be looked at (rights, a failing disk) is not absent: that throws, where `existsSync` would say no. */
export const exists = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false }) !== undefined;

/** Whether a folder has that entry; a link that leads nowhere is one too. */
export function isThere(place: string): boolean {
  try {
    return fs.lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (ABSENT.has(systemCode(error))) return false;
    throw error;
  }
}

/** What is below a file, in a name that no file system has, or behind links that go round. */
const ABSENT = new Set(['ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'ERR_INVALID_ARG_VALUE']);

/** A link is none, whatever it leads to. */
export const isPlainFile = (place: string): boolean => fs.lstatSync(place, { throwIfNoEntry: false })?.isFile() === true;

/** Also behind a link. */
export const isFolder = (place: string): boolean => fs.statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;

/** Empty where there is no such folder, or none that may be read. */
export function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

/** All at any depth that is no folder. */
export const filesBelow = (folder: string): string[] =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name));

/** Of a file, or of all files in a folder; 0 where there is nothing. */
export function bytesAt(place: string): number {
  const stat = fs.lstatSync(place, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return stat?.size ?? 0;
  return filesBelow(place).reduce((sum, file) => sum + (fs.lstatSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}
