// The bytes of session_index.jsonl with our lines taken out; all others stay byte for byte. Pure.

import { isBegun } from '../../adapters/disk/file_reading.ts';
import { NEWLINE } from '../../domain/json/json_syntax.ts';
import type { IndexOperation } from '../../domain/operation/operation.ts';

/** `openEnd`: length that the file had before these lines were added, where no newline was at its end (0 where it was empty). */
export type IndexLine = Pick<IndexOperation, 'line' | 'openEnd'>;

/** What an append of these lines writes. */
export const bytesOfLines = (lines: readonly IndexLine[], needsNewline: boolean): Buffer =>
  Buffer.from(`${needsNewline ? '\n' : ''}${lines.map(({ line }) => `${line}\n`).join('')}`);

/** Without, of each, the last line that is exactly it, and without the beginning of one that a stopped writer left at the end. */
export function withoutLines(bytes: Buffer, lines: readonly IndexLine[]): Buffer {
  // A power cut may leave the length of the added lines, and NULs in place of some of their bytes.
  const whole = bytes.includes(0) ? bytes.subarray(0, tornAt(bytes, lines)) : bytes;
  return withOpenEnd(without(whole, lines), lines);
}

/** Where the file ends with only some of the bytes of added lines: where they begin; else its length. */
export function tornAt(bytes: Buffer, lines: readonly IndexLine[]): number {
  if (bytes.at(-1) === NEWLINE && !bytes.includes(0)) return bytes.length;
  const openEnd = openEndIn(lines) ?? 0;
  const added = bytesOfLines(lines, openEnd > 0);
  for (let start = Math.max(openEnd, bytes.length - added.length); start < bytes.length; start++) {
    const isBorder = start === openEnd || bytes[start - 1] === NEWLINE;
    if (isBorder && isBegun(bytes.subarray(start), added)) return start;
  }
  return bytes.length;
}

const openEndIn = (lines: readonly IndexLine[]): number | undefined =>
  lines.find(({ openEnd }) => openEnd !== undefined)?.openEnd;

/** From the end to the beginning, each line once. */
function without(bytes: Buffer, lines: readonly IndexLine[]): Buffer {
  const wanted = new Map<string, number>();
  for (const { line } of lines) wanted.set(line, (wanted.get(line) ?? 0) + 1);
  const staying: Buffer[] = [];
  // What lies between this and the end of the line before stays.
  let stayUntil = bytes.length;
  const drop = (start: number, end: number): void => {
    staying.push(bytes.subarray(end, stayUntil));
    stayUntil = start;
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
  staying.push(bytes.subarray(0, stayUntil));
  return Buffer.concat(staying.toReversed());
}

/** An end that was open before we wrote is not the beginning of a line of ours, whatever it looks like. */
function isTorn(tail: Buffer, start: number, lines: readonly IndexLine[]): boolean {
  const isBeginning = ({ line, openEnd = 0 }: IndexLine): boolean =>
    start >= openEnd && Buffer.from(line).subarray(0, tail.length).equals(tail);
  return tail.length > 0 && lines.some(isBeginning);
}

/** The newline goes that only kept the first added line apart from what was there. */
function withOpenEnd(rest: Buffer, lines: readonly IndexLine[]): Buffer {
  const openEnd = openEndIn(lines);
  const isOurs = openEnd !== undefined && rest.length === openEnd + 1 && rest[openEnd] === NEWLINE;
  return isOurs ? rest.subarray(0, openEnd) : rest;
}
