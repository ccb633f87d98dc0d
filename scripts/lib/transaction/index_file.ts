// Lines of session_index.jsonl come and go; all others stay byte for byte. A run adds or takes away all of its lines at once.

import fs from 'node:fs';
import path from 'node:path';
import { exists, FileWriter, isBegun, moveFile, removeFiles, statFile, syncFolder, truncateFile } from '../adapters/disk/disk.ts';
import type { Operation } from '../domain/operation/operation.ts';

/** `openEnd`: length that the file had before these lines were added, where no newline was at its end (0 where it was empty). */
export type IndexLine = Pick<Extract<Operation, { kind: 'index_entry' }>, 'line' | 'openEnd'>;

export function addIndexLines(file: string, lines: readonly IndexLine[]): void {
  const size = statFile(file)?.size ?? 0;
  const needsNewline = size > 0 && lastByte(file, size) !== NEWLINE;
  const handle = fs.openSync(file, 'a', 0o666);
  try {
    const added = Buffer.from(`${needsNewline ? '\n' : ''}${lines.map(({ line }) => `${line}\n`).join('')}`);
    for (let done = 0; done < added.length; ) done += fs.writeSync(handle, added, done);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
  if (size === 0) syncFolder(path.dirname(file));
}

/** Those that are not there; what a stopped writer left of an earlier try goes first. */
export function restoreIndexLines(file: string, lines: readonly IndexLine[]): void {
  const bytes = exists(file) ? fs.readFileSync(file) : Buffer.alloc(0);
  const whole = tornAt(bytes, lines);
  if (whole < bytes.length) truncateFile(file, whole, Date.now());
  const present = new Set(exists(file) ? fs.readFileSync(file, 'utf8').split('\n') : []);
  const missing = lines.filter(({ line }) => !present.has(line));
  if (missing.length > 0) addIndexLines(file, missing);
}

/** What `IndexLine` says of a file to which nothing was added yet; null for one that ends with a newline, or is not there. */
export function openEndOf(file: string): number | null {
  const size = statFile(file)?.size;
  return size === undefined || (size > 0 && lastByte(file, size) === NEWLINE) ? null : size;
}

const NEWLINE = 0x0a;

function lastByte(file: string, size: number): number {
  const handle = fs.openSync(file, 'r');
  try {
    const byte = Buffer.alloc(1);
    fs.readSync(handle, byte, 0, 1, size - 1);
    return byte[0] as number;
  } finally {
    fs.closeSync(handle);
  }
}

/**
 * Takes out, of each, the last line that is exactly it, and the beginning of one that a stopped writer left at the end. Codex appends here
 * too, so the rest is written to `temporary` and moved into place. The file keeps its readers, and its links. No line, nothing to do.
 */
export function removeIndexLines(file: string, lines: readonly IndexLine[], temporary: string): void {
  if (!exists(file)) return;
  const bytes = fs.readFileSync(file);
  const rest = withOpenEnd(without(withoutHoles(bytes, lines), lines), lines);
  const isLinked = hasLinks(file);
  if (rest.length === 0 && !isLinked && !lines.some(({ openEnd }) => openEnd === 0)) return removeFiles([file]);
  if (rest.length === bytes.length) return;
  fs.rmSync(temporary, { force: true });
  const writer = new FileWriter(temporary, 0, { like: file });
  writer.write(rest);
  writer.finish(Date.now());
  if (!isLinked) return moveFile(temporary, file);
  replaceInPlace(file, bytes, rest);
  fs.rmSync(temporary, { force: true });
}

/** People keep such a file elsewhere, by a link of either kind. */
const hasLinks = (file: string): boolean => fs.lstatSync(file).isSymbolicLink() || fs.statSync(file).nlink > 1;

/** Only what differs is written: mostly our lines are the last ones, and the file is cut. */
function replaceInPlace(file: string, before: Buffer, after: Buffer): void {
  let same = 0;
  while (same < after.length && before[same] === after[same]) same++;
  const handle = fs.openSync(file, 'r+');
  try {
    for (let at = same; at < after.length; ) at += fs.writeSync(handle, after, at, after.length - at, at);
    fs.ftruncateSync(handle, after.length);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

/** A power cut may leave the length of the added lines, and NULs in place of some of their bytes. */
const withoutHoles = (bytes: Buffer, lines: readonly IndexLine[]): Buffer =>
  bytes.includes(0) ? bytes.subarray(0, tornAt(bytes, lines)) : bytes;

/** Where the file ends with only some of the bytes of added lines: where they begin; else its length. */
function tornAt(bytes: Buffer, lines: readonly IndexLine[]): number {
  if (bytes.at(-1) === NEWLINE && !bytes.includes(0)) return bytes.length;
  const openEnd = lines.find((line) => line.openEnd !== undefined)?.openEnd ?? 0;
  const added = Buffer.from(`${openEnd > 0 ? '\n' : ''}${lines.map(({ line }) => `${line}\n`).join('')}`);
  for (let start = Math.max(openEnd, bytes.length - added.length); start < bytes.length; start++) {
    const isBorder = start === openEnd || bytes[start - 1] === NEWLINE;
    if (isBorder && isBegun(bytes.subarray(start), added)) return start;
  }
  return bytes.length;
}

/** From the end to the beginning, each line once. */
function without(bytes: Buffer, lines: readonly IndexLine[]): Buffer {
  const wanted = new Map<string, number>();
  for (const { line } of lines) wanted.set(line, (wanted.get(line) ?? 0) + 1);
  const kept: Buffer[] = [];
  // What lies between this and the end of the line before is to be kept.
  let keepUntil = bytes.length;
  const drop = (start: number, end: number): void => {
    kept.push(bytes.subarray(end, keepUntil));
    keepUntil = start;
  };
  const lastLine = bytes.lastIndexOf(NEWLINE) + 1;
  if (isTorn(bytes.subarray(lastLine), lastLine, lines)) drop(lastLine, bytes.length);
  for (let end = lastLine; end > 0; ) {
    const start = end < 2 ? 0 : bytes.lastIndexOf(NEWLINE, end - 2) + 1;
    const line = bytes.toString('utf8', start, end - 1);
    const left = wanted.get(line) ?? 0;
    if (left > 0) {
      wanted.set(line, left - 1);
      drop(start, end);
    }
    end = start;
  }
  kept.push(bytes.subarray(0, keepUntil));
  return Buffer.concat(kept.toReversed());
}

/** What was open before is nobody's beginning, whatever it looks like. */
function isTorn(tail: Buffer, start: number, lines: readonly IndexLine[]): boolean {
  const isBeginning = ({ line, openEnd = 0 }: IndexLine): boolean =>
    start >= openEnd && Buffer.from(line).subarray(0, tail.length).equals(tail);
  return tail.length > 0 && lines.some(isBeginning);
}

/** The newline goes that only kept the first added line apart from what was there. */
function withOpenEnd(rest: Buffer, lines: readonly IndexLine[]): Buffer {
  const openEnd = lines.find((line) => line.openEnd !== undefined)?.openEnd;
  const isOurs = openEnd !== undefined && rest.length === openEnd + 1 && rest[openEnd] === NEWLINE;
  return isOurs ? rest.subarray(0, openEnd) : rest;
}
