// session_index.jsonl: a run adds or removes all of its lines at once, since one line costs as much as all.

import fs from 'node:fs';
import path from 'node:path';
import { statFile } from '../../adapters/disk/file_reading.ts';
import { truncateFile, writeAll, writeNewText } from '../../adapters/disk/file_writing.ts';
import { moveFile, removeFiles, syncFolder } from '../../adapters/disk/folders.ts';
import { removeAt } from '../../adapters/disk/removal.ts';
import type { JournaledOperation, JournalFolder } from '../../adapters/journal/journal_folder.ts';
import { openToWrite, withHandle } from '../../adapters/open_files/handles.ts';
import { exists } from '../../adapters/paths/entries.ts';
import { trace } from '../../adapters/run/trace.ts';
import { NEWLINE } from '../../domain/json/json_syntax.ts';
import type { IndexOperation } from '../../domain/operation/operation.ts';
import { bytesOfLines, type IndexLine, tornAt, withoutLines } from './index_lines.ts';

export const indexOf = (operations: JournaledOperation[]): IndexOperation[] =>
  operations.flatMap(({ operation }) => (operation.kind === 'index_entry' ? [operation] : []));

export function applyIndex(operations: IndexOperation[], journal: JournalFolder): void {
  for (const [file, { add, remove }] of byFile(operations)) {
    trace('apply', () => `${add.length} line(s) added to ${file}, ${remove.length} removed`);
    if (remove.length > 0) removeIndexLines(file, remove, journal.file('session_index'));
    if (add.length > 0) addIndexLines(file, add);
  }
}

export function undoIndex(operations: IndexOperation[], journal: JournalFolder): void {
  for (const [file, { add, remove }] of byFile(operations)) {
    trace('undo', () => `${add.length} line(s) added to ${file}, ${remove.length} removed`);
    if (add.length > 0) removeIndexLines(file, add, journal.file('session_index'));
    if (remove.length > 0) restoreIndexLines(file, remove.toReversed());
  }
}

type Lines = Record<IndexOperation['action'], IndexOperation[]>;

function byFile(operations: IndexOperation[]): Map<string, Lines> {
  const files = new Map<string, Lines>();
  for (const operation of operations) {
    const lines = files.get(operation.path) ?? { add: [], remove: [] };
    lines[operation.action].push(operation);
    files.set(operation.path, lines);
  }
  return files;
}

export function addIndexLines(file: string, lines: readonly IndexLine[]): void {
  const size = statFile(file)?.size ?? 0;
  const needsNewline = size > 0 && lastByte(file, size) !== NEWLINE;
  withHandle(openToWrite(file, 'a'), (handle) => {
    writeAll(handle, bytesOfLines(lines, needsNewline));
    fs.fsyncSync(handle);
  });
  if (size === 0) syncFolder(path.dirname(file));
}

/** Adds those that are missing. What a stopped writer left of an earlier try goes first. */
export function restoreIndexLines(file: string, lines: readonly IndexLine[]): void {
  const bytes = exists(file) ? fs.readFileSync(file) : Buffer.alloc(0);
  const whole = tornAt(bytes, lines);
  if (whole < bytes.length) truncateFile(file, whole, Date.now());
  const present = new Set(exists(file) ? fs.readFileSync(file, 'utf8').split('\n') : []);
  const missing = lines.filter(({ line }) => !present.has(line));
  if (missing.length > 0) addIndexLines(file, missing);
}

/** The `openEnd` of lines that are to be added; null where the file ends with a newline, or is missing. */
export function openEndOf(file: string): number | null {
  const size = statFile(file)?.size;
  return size === undefined || (size > 0 && lastByte(file, size) === NEWLINE) ? null : size;
}

function lastByte(file: string, size: number): number {
  const byte = Buffer.alloc(1);
  withHandle(fs.openSync(file, 'r'), (handle) => fs.readSync(handle, byte, 0, 1, size - 1));
  return byte[0] as number;
}

/**
 * Codex appends here too, so the rest is written to `temporary` and moved into place. The file keeps its readers, and its links. Without any
 * of these lines in it, it is not touched.
 */
export function removeIndexLines(file: string, lines: readonly IndexLine[], temporary: string): void {
  if (!exists(file)) return;
  const bytes = fs.readFileSync(file);
  const rest = withoutLines(bytes, lines);
  const isLinked = hasLinks(file);
  if (rest.length === 0 && !isLinked && !lines.some(({ openEnd }) => openEnd === 0)) return removeFiles([file]);
  if (rest.length === bytes.length) return;
  removeAt(temporary);
  writeNewText(temporary, rest, { like: file });
  if (!isLinked) return moveFile(temporary, file);
  replaceInPlace(file, bytes, rest);
  removeAt(temporary);
}

/** Users keep such a file elsewhere, by a symbolic or a hard link. */
export const hasLinks = (file: string): boolean => fs.lstatSync(file).isSymbolicLink() || fs.statSync(file).nlink > 1;

/** Only what differs is written: mostly our lines are the last ones, and the file is cut. */
function replaceInPlace(file: string, before: Buffer, after: Buffer): void {
  let same = 0;
  while (same < after.length && before[same] === after[same]) same++;
  withHandle(openToWrite(file, 'r+'), (handle) => {
    writeAll(handle, after.subarray(same), same);
    fs.ftruncateSync(handle, after.length);
    fs.fsyncSync(handle);
  });
}
