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

/** Takes out the last line that is exactly this one; a torn rest of it at the end goes too. No line, nothing to do. */
export function removeIndexLine(file: string, line: string): void {
  if (!fs.existsSync(file)) return;
  const bytes = fs.readFileSync(file);
  const wanted = Buffer.from(`${line}\n`);
  const at = lastLineIndex(bytes, wanted);
  if (at < 0) return;
  const rest = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + wanted.length)]);
  if (rest.length === 0) return fs.rmSync(file);
  const temporary = `${file}.sync-new`;
  fs.rmSync(temporary, { force: true });
  const writer = new FileWriter(temporary);
  writer.write(rest);
  writer.finish(Date.now());
  moveFile(temporary, file);
}

function lastLineIndex(bytes: Buffer, wanted: Buffer): number {
  for (let at = bytes.lastIndexOf(wanted); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(wanted, at - 1)) {
    if (at === 0 || bytes[at - 1] === 0x0a) return at;
  }
  return -1;
}
