// Lines of session_index.jsonl come and go one by one; all others stay byte for byte.

import fs from 'node:fs';
import { FileWriter, moveFile, statFile } from '../adapters/disk.ts';

export function addIndexLine(file: string, line: string): void {
  const size = statFile(file)?.size ?? 0;
  const needsNewline = size > 0 && lastByte(file, size) !== 0x0a;
  const handle = fs.openSync(file, 'a', 0o644);
  try {
    fs.writeSync(handle, `${needsNewline ? '\n' : ''}${line}\n`);
    fs.fsyncSync(handle);
  } finally {
    fs.closeSync(handle);
  }
}

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
 * Takes out the last line that is exactly this one, or the beginning of it that a stopped writer left at the end. Codex appends here
 * too, so the rest is written to `temporary` (on the same disk) and moved into place. No line, nothing to do.
 */
export function removeIndexLine(file: string, line: string, temporary: string): void {
  if (!fs.existsSync(file)) return;
  const bytes = fs.readFileSync(file);
  const found = findLine(bytes, Buffer.from(`${line}\n`)) ?? findTornLine(bytes, Buffer.from(line));
  const rest = found ? Buffer.concat([bytes.subarray(0, found.start), bytes.subarray(found.end)]) : bytes;
  if (rest.length === 0) return fs.rmSync(file);
  if (!found) return;
  fs.rmSync(temporary, { force: true });
  const writer = new FileWriter(temporary);
  writer.write(rest);
  writer.finish(Date.now());
  moveFile(temporary, file);
}

type Span = { start: number; end: number };

function findLine(bytes: Buffer, wanted: Buffer): Span | null {
  for (let at = bytes.lastIndexOf(wanted); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(wanted, at - 1)) {
    if (at === 0 || bytes[at - 1] === 0x0a) return { start: at, end: at + wanted.length };
  }
  return null;
}

function findTornLine(bytes: Buffer, line: Buffer): Span | null {
  const start = bytes.lastIndexOf(0x0a) + 1;
  const tail = bytes.subarray(start);
  return tail.length > 0 && line.subarray(0, tail.length).equals(tail) ? { start, end: bytes.length } : null;
}
