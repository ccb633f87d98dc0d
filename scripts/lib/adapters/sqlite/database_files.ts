// Databases as files: set aside with their logs, and whether another one has taken the place.

import fs from 'node:fs';
import path from 'node:path';
import type { Operation } from '../../domain/operation/operation.ts';
import { readFileState } from '../disk/file_reading.ts';
import { BESIDE } from './database_logs.ts';

/** A database with its log, taken into the transaction's folder; the log first, so that no database is ever left beside a foreign one. */
export const setAside = (file: string): Operation[] =>
  [...BESIDE, ''].flatMap((ending): Operation[] => {
    const place = `${file}${ending}`;
    const before = readFileState(place);
    return before ? [{ kind: 'remove_file', path: place, kept: `backups/${path.basename(place)}`, before }] : [];
  });

/** True of a file that was set aside and belongs to a database in whose place there is another one by now: that one stays. */
export function hasSuccessor(file: string): boolean {
  const ending = BESIDE.find((end) => file.endsWith(`.sqlite${end}`)) ?? '';
  const database = file.slice(0, file.length - ending.length);
  return database.endsWith('.sqlite') && fs.existsSync(database);
}
