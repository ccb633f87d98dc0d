// What a journal says, on the disk: its operations, one a line. Whatever is written here can be read back, at every size.

import { StringDecoder } from 'node:string_decoder';
import { SyncError } from '../../domain/codes/errors.ts';
import type { Operation } from '../../domain/operation/operation.ts';
import { readChunks } from '../disk/file_reading.ts';

/** SQLite's integers beyond 2^53 and its bytes are strings here, behind a NUL; so is a text that begins with one. */
export const jsonOf = (value: unknown): string => JSON.stringify(value, replaceCell);

export function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text, reviveCell);
  } catch (error) {
    throw new SyncError('malformed_document', `A line is not JSON: ${(error as Error).message}`, { where });
  }
}

const BIG = '\u0000bigint:';
const BLOB = '\u0000blob:';
const TEXT = '\u0000text:';

function replaceCell(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return `${BIG}${value}`;
  if (typeof value === 'string' && value.startsWith('\u0000')) return TEXT + value;
  // A Buffer has become {type, data} before it gets here.
  const data = value as { type?: unknown; data?: number[] } | null;
  return data?.type === 'Buffer' && Array.isArray(data.data) ? BLOB + Buffer.from(data.data).toString('base64') : value;
}

function reviveCell(_key: string, value: unknown): unknown {
  if (typeof value !== 'string' || !value.startsWith('\u0000')) return value;
  if (value.startsWith(TEXT)) return value.slice(TEXT.length);
  if (value.startsWith(BLOB)) return Buffer.from(value.slice(BLOB.length), 'base64');
  return /^-?\d+$/.test(value.slice(BIG.length)) && value.startsWith(BIG) ? BigInt(value.slice(BIG.length)) : value;
}

/** Lines that have anything in them, without the newline. Only one is held at a time, however long it is. */
export function eachLine(file: string, take: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  const end = (): void => {
    const line = pieces.join('');
    pieces = [];
    if (line !== '') take(line);
  };
  readChunks(file, 0, Number.POSITIVE_INFINITY, (chunk) => {
    const [first = '', ...others] = decoder.write(chunk).split('\n');
    pieces.push(first);
    for (const piece of others) {
      end();
      pieces.push(piece);
    }
  });
  pieces.push(decoder.end());
  end();
}

/** The same with other paths; rows have none. */
export function withPath<Entry extends { operation: Operation }>(entry: Entry, change: (file: string) => string): Entry {
  const { operation } = entry;
  if (operation.kind === 'row') return entry;
  const moved = operation.kind === 'move_file' ? { ...operation, to: change(operation.to) } : operation;
  return { ...entry, operation: { ...moved, path: change(operation.path) } };
}
